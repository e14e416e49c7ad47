/**
 * `FileChecker` on a thread of its own: reading and comparing the files of an image takes longer than everything else that
 * is to be found out about it. Who is done with that takes its share of the nodes.
 *
 * The thread runs this very program, which finds out by its name what it is (`main.ts`), with the permissions that are left.
 */

import { RedpakError, type RedpakErrorOptions } from "../core/error.ts";
import { type CheckedFiles, type CheckedImage, type CheckedNode, type FileCheck, FileChecker } from "./file_checker.ts";
import { FILE_CHECK } from "./worker_names.ts";

/** Errors lose what they are on the way between threads. */
type Answer =
  & { readonly index: number }
  & (
    | { readonly found: Omit<CheckedFiles, "failure">; readonly failure: RedpakErrorOptions | undefined }
    | { readonly refused: RedpakErrorOptions }
  );

/** What the thread gets first; the nodes follow, and are numbered from 0. */
interface Start {
  readonly image: CheckedImage;
  readonly taken: SharedArrayBuffer;
}

/** Nodes that a thread has taken: the other one does not look at them. */
class Taken {
  readonly #flags: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#flags = new Uint8Array(memory);
  }

  /** @returns whether it is for who asks to look at a node */
  take(index: number): boolean {
    return Atomics.exchange(this.#flags, index, 1) === 0;
  }
}

/** Starts the thread, before anybody has to wait for it. */
export function startFileCheck(): (image: CheckedImage) => FileCheck {
  const worker = new Worker(Deno.mainModule, { type: "module", name: FILE_CHECK });
  return (image) => {
    // All nodes, and the host.
    const taken = new SharedArrayBuffer(image.nodes.length + 1);
    worker.postMessage({ image, taken } satisfies Start);
    return new FileCheckThread(worker, image, new Taken(taken));
  };
}

class FileCheckThread implements FileCheck {
  readonly #asked: (PromiseWithResolvers<CheckedFiles> & { readonly node: CheckedNode })[] = [];

  constructor(
    private readonly worker: Worker,
    private readonly image: CheckedImage,
    private readonly taken: Taken,
  ) {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject } = this.#asked[data.index]!;
      if ("refused" in data) reject(new RedpakError(data.refused));
      else resolve({ ...data.found, failure: data.failure && new RedpakError(data.failure) });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.#asked) reject(event.error ?? new Error(event.message));
    };
  }

  check(node: CheckedNode): Promise<CheckedFiles> {
    const answer = Promise.withResolvers<CheckedFiles>();
    this.#asked.push({ ...answer, node });
    // Whoever asks may be busy when the answer is that it cannot be found out.
    answer.promise.catch(() => {});
    this.worker.postMessage(node);
    return answer.promise;
  }

  /** From the other end: where they meet, everything is taken. */
  help(): void {
    using checker = new FileChecker(this.image);
    for (const { node } of this.#asked) checker.know(node);
    for (let index = this.#asked.length - 1; index >= 0 && this.taken.take(index); index--) {
      const { node, resolve, reject } = this.#asked[index]!;
      checker.check(node).then(resolve, reject);
    }
  }

  [Symbol.dispose](): void {
    this.worker.terminate();
  }
}

/** What the thread does: it takes the image, then nodes. */
export function serveFileCheck(): void {
  const thread = globalThis as unknown as DedicatedThread;
  let checker: FileChecker | undefined;
  let taken: Taken | undefined;
  let next = 0;
  thread.onmessage = async ({ data }) => {
    if ("image" in data) {
      [checker, taken] = [new FileChecker(data.image), new Taken(data.taken)];
      return;
    }
    const index = next++;
    checker!.know(data);
    if (!taken!.take(index)) return;
    try {
      const { failure, ...found } = await checker!.check(data);
      thread.postMessage({ index, found, failure: failure && optionsOf(failure) });
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      thread.postMessage({ index, refused: optionsOf(error) });
    }
  };
}

/** What TypeScript's types of the page do not have. */
interface DedicatedThread {
  onmessage: (event: MessageEvent<Start | CheckedNode>) => void;
  postMessage(answer: Answer): void;
}

function optionsOf({ code, message, exit, where, hints, errno, problems }: RedpakError): RedpakErrorOptions {
  return { code, message, exit, where, hints, errno, problems };
}
