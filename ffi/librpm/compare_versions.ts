import { cText } from "../libc/memory.ts";
import { librpm } from "./librpm.ts";

/** Compares versions, or releases, as rpmvercmp(3) does: negative where `one` is the older, 0 where they are equal. */
export function compareVersions(one: string, other: string): number {
  return librpm().rpmvercmp(cText(one), cText(other));
}
