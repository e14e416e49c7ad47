import type { Kernel } from "../../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { attempt } from "../attempt.ts";
import { openOwnDirectory } from "../download/own_directory.ts";
import type { Directory } from "../generation/directory.ts";
import { readFile, replaceFile } from "../generation/durable_file.ts";
import type { Checksum } from "./checksum.ts";
import type { RepositoryAge } from "./repomd.ts";
import type { Repository } from "./repository.ts";

/** What is remembered of a repository between two commands. */
export interface RepositoryState {
  /** The newest state that was accepted: nothing older is, without being asked to. */
  readonly age: RepositoryAge;
  /** Its repomd.xml, and the signature where there is one. */
  readonly repomd: Checksum;
  readonly signature: Checksum | undefined;
  /** When a server was last asked, milliseconds since 1970. */
  readonly checkedAt: number;
  /** Addresses of the repository, the best first. */
  readonly mirrors: readonly string[];
}

/** Whether a state is older than another. Revisions count where both have one, then the age of the newest file. */
export function isOlder(state: RepositoryAge, other: RepositoryAge): boolean {
  if (state.revision !== undefined && other.revision !== undefined && state.revision !== other.revision) {
    return state.revision < other.revision;
  }
  return state.timestamp < other.timestamp;
}

/** What is remembered of repositories, a file for each. Unlike a cache it is not to be removed: it is what holds off old states. */
export class StateDirectory implements Disposable {
  private constructor(private readonly directory: Directory, readonly path: string) {}

  static open(kernel: Kernel, path: string): StateDirectory {
    return new StateDirectory(openOwnDirectory(kernel, path), path);
  }

  /** @throws {RedpakError} `E_REPO_STATE` where it is damaged: it would be forgetting to take it for absent */
  async read(repository: Repository): Promise<RepositoryState | undefined> {
    const name = `${await repositoryName(repository)}.json`;
    const text = attempt("read", `${this.path}/${name}`, () => readFile(this.directory, name));
    if (text === undefined) return undefined;
    const state = parse(text);
    if (state !== undefined) return state;
    throw new RedpakError({
      code: "E_REPO_STATE",
      exit: EXIT.failed,
      message: `Cannot read "${this.path}/${name}": it is damaged`,
      hints: ["remove it: redpak then takes the state of the repository, whatever it is, as the first one"],
    });
  }

  async write(repository: Repository, state: RepositoryState): Promise<void> {
    const name = `${await repositoryName(repository)}.json`;
    attempt("write", `${this.path}/${name}`, () => {
      replaceFile(this.directory, name, JSON.stringify({ version: 1, ...state }) + "\n");
    });
  }

  [Symbol.dispose](): void {
    this.directory[Symbol.dispose]();
  }
}

/** What files about a repository are called: two nodes of a family may have one of the same identifier. */
export async function repositoryName({ id, node }: Pick<Repository, "id" | "node">): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(node));
  return `${id}-${new Uint8Array(digest).toHex().slice(0, 16)}`;
}

function parse(text: string): RepositoryState | undefined {
  let state: Partial<Record<keyof RepositoryState, unknown>>;
  try {
    state = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { age, repomd, signature, checkedAt, mirrors } = state ?? {};
  if (!isAge(age) || !isChecksum(repomd) || signature !== undefined && !isChecksum(signature)) return undefined;
  if (typeof checkedAt !== "number" || !Array.isArray(mirrors)) return undefined;
  if (!mirrors.every((mirror) => typeof mirror === "string" && URL.canParse(mirror))) return undefined;
  return { age, repomd, signature, checkedAt, mirrors };
}

function isAge(value: unknown): value is RepositoryAge {
  const { revision, timestamp } = (value ?? {}) as Record<string, unknown>;
  return typeof timestamp === "number" && (revision === undefined || typeof revision === "number");
}

function isChecksum(value: unknown): value is Checksum {
  const { algorithm, hex } = (value ?? {}) as Record<string, unknown>;
  return (algorithm === "sha256" || algorithm === "sha512") && typeof hex === "string" && /^[0-9a-f]+$/.test(hex);
}
