/**
 * `FileChecker` on a thread of its own: reading and comparing the files of an image takes as long as everything else that
 * is to be found out about it.
 *
 * The thread runs this very program, which finds out by its name what it is (`main.ts`), with the permissions that are left.
 */

import { RedpakError, type RedpakErrorOptions } from "../core/error.ts";
import { type CheckedFiles, type CheckedImage, type CheckedNode, type FileCheck, FileChecker } from "./file_checker.ts";
import { FILE_CHECK } from "./worker_names.ts";

/** Errors lose what they are on the way between threads. */
type Answer =
  | { readonly found: Omit<CheckedFiles, "failure">; readonly failure: RedpakErrorOptions | undefined }
  | { readonly refused: RedpakErrorOptions };

/** Starts the thread, before anybody has to wait for it. */
export function startFileCheck(): (image: CheckedImage) => FileCheck {
  const worker = new Worker(Deno.mainModule, { type: "module", name: FILE_CHECK });
  return (image) => {
    worker.postMessage(image);
    return new FileCheckThread(worker);
  };
}

class FileCheckThread implements FileCheck {
  /** Answers come in the order of the questions. */
  readonly #waiting: PromiseWithResolvers<CheckedFiles>[] = [];

  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject } = this.#waiting.shift()!;
      if ("refused" in data) reject(new RedpakError(data.refused));
      else resolve({ ...data.found, failure: data.failure && new RedpakError(data.failure) });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.#waiting.splice(0)) reject(event.error ?? new Error(event.message));
    };
  }

  check(node: CheckedNode): Promise<CheckedFiles> {
    const answer = Promise.withResolvers<CheckedFiles>();
    this.#waiting.push(answer);
    // Whoever asks may be busy when the answer is that it cannot be found out.
    answer.promise.catch(() => {});
    this.worker.postMessage(node);
    return answer.promise;
  }

  [Symbol.dispose](): void {
    this.worker.terminate();
  }
}

/** What the thread does: it takes the image, then nodes. */
export function serveFileCheck(): void {
  const thread = globalThis as unknown as DedicatedThread;
  let checker: FileChecker | undefined;
  thread.onmessage = async ({ data }) => {
    if (checker === undefined) {
      checker = new FileChecker(data as CheckedImage);
      return;
    }
    try {
      const { failure, ...found } = await checker.check(data as CheckedNode);
      thread.postMessage({ found, failure: failure && optionsOf(failure) });
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
      thread.postMessage({ refused: optionsOf(error) });
    }
  };
}

/** What TypeScript's types of the page do not have. */
interface DedicatedThread {
  onmessage: (event: MessageEvent<CheckedImage | CheckedNode>) => void;
  postMessage(answer: Answer): void;
}

function optionsOf({ code, message, exit, where, hints, errno, problems }: RedpakError): RedpakErrorOptions {
  return { code, message, exit, where, hints, errno, problems };
}
