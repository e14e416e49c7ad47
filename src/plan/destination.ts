import type { MergedExport, Sourced } from "../config/merged.ts";
import { normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";

/**
 * The normalised mount of an export; undefined, with the problem noted, where it cannot be one. `..` is refused rather
 * than resolved: with symbolic links on the way its meaning depends on who resolves it.
 */
export function normalizeDestination(
  context: BuildContext,
  { value, where }: Sourced<MergedExport>,
): string | undefined {
  const { mount } = value;
  if (context.isPending(mount)) return mount;
  const reason = findFault(mount);
  if (reason !== undefined) {
    const message = `Cannot export to ${quote(mount)}: ${reason}`;
    context.problems.push({ code: "E_EXPORT_MOUNT", message, where });
    return undefined;
  }
  const destination = normalizePath(mount);
  if (destination === "/") {
    context.problems.push({
      code: "E_EXPORT_ROOT",
      message: `Cannot export to ${quote(mount)}: it would replace the root of the node`,
      where,
      hints: ["export the directories below it one by one"],
    });
    return undefined;
  }
  return destination;
}

function findFault(mount: string): string | undefined {
  if (mount === "") return "it is empty";
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(mount)) return "it contains a control character";
  if (!mount.isWellFormed()) return "it contains half of a character";
  if (!mount.startsWith("/")) return "it is not an absolute path";
  if (mount.split("/").includes("..")) return 'it contains ".."';
  return undefined;
}
