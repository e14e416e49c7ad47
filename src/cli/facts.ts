import type { Facts } from "../config/facts.ts";
import { findSubordinateIds, type SubordinateIds } from "./subordinate_ids.ts";

/**
 * The facts of this moment and machine. Every launch gathers them, so nothing here may cost time.
 *
 * @param env the caller's environment
 */
export function gatherFacts(env: Readonly<Record<string, string>>): Facts {
  const uuids = new Map<string, string>();
  return {
    architecture: Deno.build.arch,
    kernel: Deno.osRelease(),
    memory: Deno.systemMemoryInfo().total,
    env,
    uid: Deno.uid() ?? 0,
    gid: Deno.gid() ?? 0,
    pid: Deno.pid,
    cwd: Deno.cwd(),
    today: formatToday(new Date()),
    uuid(occurrence) {
      // A configuration is merged again when the outputs of its commands are known, whose text may hold one.
      const known = uuids.get(occurrence) ?? crypto.randomUUID();
      uuids.set(occurrence, known);
      return known;
    },
    cgroupMountPoint: env.CGROUPS_MOUNT_POINT || "/sys/fs/cgroup",
    ...idsIn(readDatabase),
    subordinateIds: () => {
      const found = subordinateIdsOfCaller();
      return "ids" in found ? found.ids : undefined;
    },
    terminal: Deno.stdout.isTerminal(),
  };
}

/** What the caller may map into a node, or why nothing. */
export function subordinateIdsOfCaller(): SubordinateIds {
  const uid = Deno.uid() ?? 0;
  return findSubordinateIds(uid, findEntry(readDatabase("/etc/passwd"), String(uid))?.[0]);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * `dd-Mon-yyyy hh:mm (ZONE)` in local time, as the original writes it. The zone is its offset, `UTC` or as in `+0530`:
 * to know its name takes `Intl`, and that 20 ms.
 */
export function formatToday(now: Date): string {
  const two = (number: number) => String(Math.trunc(number)).padStart(2, "0");
  const offset = -now.getTimezoneOffset();
  const east = Math.abs(offset);
  const zone = offset === 0 ? "UTC" : `${offset < 0 ? "-" : "+"}${two(east / 60)}${two(east % 60)}`;
  const date = `${two(now.getDate())}-${MONTHS[now.getMonth()]}-${now.getFullYear()}`;
  return `${date} ${two(now.getHours())}:${two(now.getMinutes())} (${zone})`;
}

/** A minimal image may have none: then there are no names. */
function readDatabase(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Users and groups of databases that are read when somebody is asked for. @param read the text of a database */
export function idsIn(read: (file: string) => string): Pick<Facts, "userId" | "groupId"> {
  return {
    userId: (user) => {
      const fields = findEntry(read("/etc/passwd"), user);
      return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
    },
    groupId: (name) => {
      const fields = findEntry(read("/etc/group"), name);
      return fields && Number(fields[2]);
    },
  };
}

/** The fields of a line of passwd(5) or group(5), found by name, else by number. */
function findEntry(text: string, name: string): string[] | undefined {
  const entries = text.split("\n").map((line) => line.split(":")).filter((fields) => /^\d+$/.test(fields[2] ?? ""));
  return entries.find((fields) => fields[0] === name) ?? entries.find((fields) => fields[2] === name);
}
