import type { Ids } from "../config/merged.ts";
import { chooseRange, parseSubordinateIds } from "../config/subordinate_ids.ts";

/** Only these: what a search path finds could be anybody's. */
const HELPERS = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"];

export type SubordinateIds = { readonly ids: Ids } | { readonly obstacle: string };

/**
 * The first ids of ranges that an ordinary user may map into a node, by shadow's programs, which are privileged to do so; or why there
 * are none. All of it is judged again by these programs when a node is launched.
 */
export function findSubordinateIds(uid: number, name: string | undefined): SubordinateIds {
  for (const helper of HELPERS) {
    const obstacle = judgeHelper(helper);
    if (obstacle !== undefined) return { obstacle };
  }
  const uids = readRange("/etc/subuid", uid, name);
  if (typeof uids === "string") return { obstacle: uids };
  const gids = readRange("/etc/subgid", uid, name);
  if (typeof gids === "string") return { obstacle: gids };
  return { ids: { uid: uids.first, gid: gids.first } };
}

const SET_USER_ID = 0o4000;
const WRITABLE_BY_OTHERS = 0o022;

function judgeHelper(path: string): string | undefined {
  try {
    const { isFile, uid, mode } = Deno.lstatSync(path);
    if (!isFile || uid !== 0 || (mode ?? 0) & WRITABLE_BY_OTHERS) return `${path} is not root's alone`;
    return (mode ?? 0) & SET_USER_ID ? undefined : `${path} is not set-user-ID`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${path}`;
    throw error;
  }
}

function readRange(file: string, uid: number, name: string | undefined) {
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `there is no ${file}`;
    if (error instanceof Deno.errors.PermissionDenied) return `${file} cannot be read`;
    throw error;
  }
  const { ranges, wrong } = parseSubordinateIds(text);
  const user = name ?? String(uid);
  return chooseRange(ranges, { uid, name }) ??
    (wrong === undefined
      ? `${file} has no range of 65536 ids for ${user}`
      : `${file}: ${wrong}, and no range for ${user} before it`);
}
