import type { Problem } from "../core/error.ts";
import { quote } from "../core/quote.ts";
import type { Facts } from "./facts.ts";
import type { Ids, Sourced } from "./merged.ts";

/** 2^32-1 means "no id" to the kernel. */
const MAX_ID = 0xffff_fffe;

/**
 * The user and group that the program is, in the launcher's user namespace: `set-user` and `set-group` by name or number,
 * else the launcher's own. A user without a group brings its primary group, for the launcher's would be root's; a number
 * that the user database does not know brings the group of the same number.
 */
export function resolveIdentity(
  user: Sourced<string> | undefined,
  group: Sourced<string> | undefined,
  facts: Facts,
): { readonly ids: Ids; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const resolve = (kind: "user" | "group", asked: Sourced<string>, find: (name: string) => number | undefined) => {
    const { value, where } = asked;
    const id = resolveId(value, find);
    if (typeof id === "number") return id;
    const code = kind === "user" ? "E_USER_UNKNOWN" : "E_GROUP_UNKNOWN";
    problems.push({ code, message: `Cannot run as ${kind} ${quote(value)}: ${id.refusal(kind)}`, where });
    return undefined;
  };
  const uid = user && resolve("user", user, (name) => facts.userId(name)?.uid);
  const gid = group && resolve("group", group, facts.groupId);
  const own = user === undefined ? undefined : facts.userId(user.value)?.gid ?? uid;
  return { ids: { uid: uid ?? facts.uid, gid: gid ?? own ?? facts.gid }, problems };
}

/** The id that a text names or is. */
export function resolveId(
  text: string,
  find: (name: string) => number | undefined,
): number | { readonly refusal: (kind: "user" | "group") => string } {
  const isNumber = /^[0-9]+$/.test(text);
  const id = isNumber ? Number(text) : find(text);
  if (id !== undefined && id <= MAX_ID) return id;
  return { refusal: (kind) => isNumber ? `ids go from 0 to ${MAX_ID}` : `this machine knows no such ${kind}` };
}
