import type { KeyPath, TextFix } from "../core/fix.ts";
import type { Sourced } from "./merged.ts";

/** The fix that sets a value in the file that a merged value was won from. */
export function setInFile(
  { node, part }: Pick<Sourced<unknown>, "node" | "part">,
  path: KeyPath,
  text: string,
): TextFix {
  const { file } = part === "admin" && node.admin !== undefined ? node.admin : node.normal;
  return { action: "set", file, path, text };
}
