import { ioError } from "../store/io_error.ts";

/** Runs one step; a system call that fails in it becomes `Cannot <verb> "<object>": …`, unless it has been worded already. */
export function attempt<T>(verb: string, object: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw ioError(verb, object, error);
  }
}

/** As `attempt`, for what takes its time. */
export async function attemptAsync<T>(verb: string, object: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw ioError(verb, object, error);
  }
}
