import { mergeFamily, type MergeOptions } from "../config/merge.ts";
import type { Family } from "../config/node.ts";
import { RedpakError } from "../core/error.ts";
import { isWithin } from "../core/path.ts";
import { ACCESS, listBinds } from "./host_access.ts";

/**
 * Whether programs of a family's leaf can write a file of the host, in admin mode or without it. What is mounted over a part
 * of an export does not help: its directories can still be renamed.
 */
export function canWrite(family: Family, file: string, options: MergeOptions): boolean {
  return [false, true].some((admin) => {
    try {
      const { exports } = mergeFamily(family, { ...options, admin });
      return listBinds(exports, () => false).some(({ source, access }) =>
        access === ACCESS.write && isWithin(file, source)
      );
    } catch (error) {
      // What cannot be merged is not launched.
      if (error instanceof RedpakError) return false;
      throw error;
    }
  });
}
