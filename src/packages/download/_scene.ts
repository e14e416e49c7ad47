import { libc } from "../../../ffi/libc/libc.ts";
import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import type { Checksum } from "../repository/checksum.ts";
import { FileCache } from "./file_cache.ts";
import { fetchFile, type Progress, type WantedFile } from "./fetch_file.ts";
import { HttpTransport } from "./http_transport.ts";
import { MirrorOrder } from "./mirror_order.ts";
import type { Transport } from "./transport.ts";

/** A cache in a scratch directory, and a way to fill it. */
export class Scene implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ dir: "/tmp" }));
  readonly cache: FileCache;
  readonly http = new HttpTransport({ authorities: [], identity: undefined, proxy: undefined, login: undefined });
  readonly progress: Progress[] = [];
  /** How often something was made durable. */
  flushes = 0;

  constructor() {
    Deno.chmodSync(this.path, 0o755);
    this.cache = FileCache.open(this.#counting(libc()), `${this.path}/cache`);
  }

  #counting(kernel: Kernel): Kernel {
    return {
      ...kernel,
      fsync: (descriptor) => {
        this.flushes++;
        return kernel.fsync(descriptor);
      },
    };
  }

  /** Asks mirrors for a file `/file`, without patience. */
  fetch(
    mirrors: readonly string[],
    wanted: Pick<WantedFile, "checksum" | "size"> & Partial<WantedFile>,
    options: { retries?: number; timeout?: number; minRate?: number; transport?: Transport; signal?: AbortSignal } = {},
  ): Promise<boolean> {
    return fetchFile({
      label: "the file",
      mirrors: new MirrorOrder(mirrors),
      location: "file",
      limit: 1 << 20,
      ending: ".bin",
      isDurable: true,
      ...wanted,
    }, {
      cache: this.cache,
      transport: options.transport ?? this.http,
      pace: { timeout: options.timeout ?? 20, minRate: options.minRate ?? 1 },
      retries: options.retries ?? 0,
      signal: options.signal ?? new AbortController().signal,
      report: (progress) => void this.progress.push(progress),
      pause: 1,
    });
  }

  /** Names of what is in the cache, by folder, with the sizes. */
  content(): string[] {
    return ["files", "partial"].flatMap((folder) =>
      [...Deno.readDirSync(`${this.path}/cache/${folder}`)].map(({ name }) => {
        return `${folder}/${name} ${Deno.statSync(`${this.path}/cache/${folder}/${name}`).size}`;
      })
    );
  }

  [Symbol.dispose](): void {
    this.http[Symbol.dispose]();
    this.cache[Symbol.dispose]();
    Deno.removeSync(this.path, { recursive: true });
  }
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Checksum> {
  return { algorithm: "sha256", hex: new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex() };
}

/** Bytes that no two positions have in common for long. */
export function content(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4)).map((_, index) => Math.imul(index + 1, 2654435761));
  return new Uint8Array(words.buffer).slice(0, size);
}
