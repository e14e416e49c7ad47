import type { Ids } from "../config/merged.ts";
import { IDS_PER_NODE } from "../config/id_range.ts";
import { chooseRange, freeRange, parseSubordinateIds } from "../config/subordinate_ids.ts";

/** Only these: what a search path finds could be anybody's. */
const HELPERS = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"];

/** What decides about a user's subordinate ids, beside the user's own. */
export const SUBORDINATE_ID_FILES: readonly string[] = ["/etc/passwd", "/etc/subuid", "/etc/subgid", ...HELPERS];

/** `fix`: a command for root, or what to do. */
export type SubordinateIds = { readonly ids: Ids } | { readonly obstacle: string; readonly fix: string };

/**
 * The first ids of ranges that an ordinary user may map into a node, by shadow's programs, which are privileged to do so; or why there
 * are none. All of it is judged again by these programs when a node is launched.
 */
export function findSubordinateIds(uid: number, name: string | undefined): SubordinateIds {
  for (const helper of HELPERS) {
    const obstacle = judgeHelper(helper);
    if (obstacle !== undefined) return { obstacle, fix: "install uidmap, whose programs are set-user-ID root" };
  }
  const uids = readRange("/etc/subuid", uid, name);
  if (typeof uids === "string") return { obstacle: uids, fix: addRange(name) };
  const gids = readRange("/etc/subgid", uid, name);
  if (typeof gids === "string") return { obstacle: gids, fix: addRange(name) };
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

/** As usermod(8) adds one, with the same ids for users and groups. */
function addRange(name: string | undefined): string {
  const ranges = ["/etc/subuid", "/etc/subgid"].flatMap((file) => {
    try {
      return parseSubordinateIds(Deno.readTextFileSync(file)).ranges;
    } catch {
      // It is missing, or what keeps it from being read is the obstacle.
      return [];
    }
  });
  const first = freeRange(ranges);
  const range = first === undefined ? "FIRST-LAST" : `${first}-${first + IDS_PER_NODE - 1}`;
  return `usermod --add-subuids ${range} --add-subgids ${range} ${name ?? "USER"}`;
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
