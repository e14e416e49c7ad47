import { ioError } from "./io_error.ts";

/** Who may change what is at a path. */
export interface Ownership {
  readonly path: string;
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

export function ownership(path: string, info: Deno.FileInfo): Ownership {
  return { path, uid: info.uid ?? 0, mode: (info.mode ?? 0) & 0o7777 };
}

export function directoryOwnership(path: string): Ownership {
  try {
    return ownership(path, Deno.statSync(path));
  } catch (error) {
    throw ioError("inspect", path, error);
  }
}

/** In a sticky directory such as /tmp, nobody can rename or remove what belongs to others. */
export function stickyOwnership(directory: string): Ownership {
  const found = directoryOwnership(directory);
  return (found.mode & STICKY) === 0 ? found : { ...found, mode: found.mode & ~0o022 };
}

const STICKY = 0o1000;
