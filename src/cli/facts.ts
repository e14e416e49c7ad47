import type { Facts } from "../config/facts.ts";

/**
 * The facts of this moment and machine. What costs time is looked up when it is asked for.
 *
 * @param env the caller's environment
 */
export function gatherFacts(env: Readonly<Record<string, string>>): Facts {
  const now = new Date();
  return {
    env,
    uid: Deno.uid() ?? 0,
    gid: Deno.gid() ?? 0,
    pid: Deno.pid,
    cwd: Deno.cwd(),
    get today() {
      return formatToday(now);
    },
    uuid: () => crypto.randomUUID(),
    cgroupMountPoint: env.CGROUPS_MOUNT_POINT || "/sys/fs/cgroup",
    userId: (name) => {
      const fields = findEntry("/etc/passwd", name);
      return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
    },
    groupId: (name) => {
      const fields = findEntry("/etc/group", name);
      return fields && Number(fields[2]);
    },
    terminal: Deno.stdout.isTerminal(),
  };
}

/** `dd-Mon-yyyy hh:mm (ZONE)` in local time, as the original writes it. */
function formatToday(now: Date): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "2-digit",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  const part = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  return `${part.day}-${part.month?.slice(0, 3)}-${part.year} ${part.hour}:${part.minute} (${part.timeZoneName})`;
}

/** The fields of a line of passwd(5) or group(5). */
function findEntry(file: string, name: string): string[] | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    // A minimal image may have none: then there are no names.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return text.split("\n").map((line) => line.split(":")).find((fields) =>
    fields[0] === name && /^\d+$/.test(fields[2] ?? "")
  );
}
