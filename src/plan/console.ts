import type { Operation } from "./operation.ts";

/** The node's console, in the directory of devices that has these pseudo-terminals: the terminal that standard output is. */
export function consoleBeside({ phase, origin, destination }: Operation<"devpts">): Operation<"bind"> {
  return {
    operation: "bind",
    phase,
    ...origin === undefined ? {} : { origin },
    source: { descriptor: 1 },
    destination: destination.replace(/pts$/, "console"),
    // No `nodev`: it is there to be used.
    options: ["nosuid", "noexec"],
    optional: false,
    isFile: false,
    isDevice: false,
  };
}
