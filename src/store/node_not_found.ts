import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";

/** There is no node at a path; `reason` tells what is there instead. */
export class NodeNotFound extends RedpakError {
  constructor(path: string, reason: string, errno?: string) {
    super({
      code: "E_NODE_NOT_FOUND",
      exit: EXIT.notFound,
      message: `Cannot open node "${path}": ${reason}`,
      errno,
      hints: [`redpak tree lists the nodes below a directory; redpak create ${path} makes one`],
    });
  }
}
