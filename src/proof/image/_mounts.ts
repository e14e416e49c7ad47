import type { Operation } from "../../plan/operation.ts";

type Bind = Extract<Operation, { operation: "bind" }>;

/** Binds a path of the image; `destination` is the same path when absent. */
export function bind(source: string, destination = source, more: Partial<Bind> = {}): Operation {
  return {
    operation: "bind",
    phase: "init",
    source: { path: source },
    destination,
    options: ["ro"],
    optional: false,
    isFile: false,
    isDevice: false,
    ...more,
  };
}

export function symlink(destination: string, target: string): Operation {
  return { operation: "symlink", phase: "init", destination, target };
}

export function tmpfs(destination: string): Operation {
  const options = ["nosuid", "nodev"] as const;
  return { operation: "tmpfs", phase: "init", destination, mode: 0o755, uid: 0, gid: 0, options, size: 0n, inodes: 0 };
}
