import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { STATUS_FILE } from "./node_files.ts";

const REASONS = {
  absent: {
    reason: "no such file or directory (ENOENT)",
    hint: (path: string) => `redpak tree lists the nodes below a directory; redpak create ${path} makes one`,
  },
  "no directory": { reason: "it is not a directory", hint: () => "a node is a directory: redpak help nodes" },
  "no node": {
    reason: `it has no ${STATUS_FILE}`,
    hint: (path: string) => `redpak tree ${path} lists the nodes below it; redpak create ${path} makes it one`,
  },
} as const;

/** There is no node at a path. */
export class NodeNotFound extends RedpakError {
  constructor(path: string, what: keyof typeof REASONS) {
    const { reason, hint } = REASONS[what];
    super({
      code: "E_NODE_NOT_FOUND",
      exit: EXIT.notFound,
      message: `Cannot open node "${path}": ${reason}`,
      errno: what === "absent" ? "ENOENT" : undefined,
      hints: [hint(path)],
    });
  }
}
