import type { MergedExport } from "../config/merged.ts";
import type { Position } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import { isSince } from "./kernel_release.ts";

/** The option of an export that asks for it; mount(2) of kernels that do not know it would do nothing, and say nothing. */
export function noLinks(
  { request: { facts }, problems }: BuildContext,
  { mount, nosymfollow }: MergedExport,
  at: (key: "nosymfollow") => Position,
): readonly ["nosymfollow"] | readonly [] {
  if (nosymfollow !== true) return [];
  if (!isSince(facts.kernel, 5, 14)) {
    problems.push({
      code: "E_KERNEL_FEATURE",
      message: `Cannot export to ${quote(mount)} without following links: nosymfollow needs Linux 5.14 or later`,
      where: at("nosymfollow"),
      hints: ["leave nosymfollow out, here and in the node's ancestors"],
    });
  }
  return ["nosymfollow"];
}
