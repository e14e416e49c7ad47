/** A user of the tests' own who has subordinate ids: known to the user database for one command at a time. */
import { exists, isRoot, type Scratch } from "./_node.ts";

export const OWNER = { name: "redpak-test", uid: 61_234 };

/** A line of subuid(5) and subgid(5). */
export const RANGE = `${OWNER.name}:200000:65536\n`;

/** What there has to be for it; undefined where nothing is missing. */
export const reasonAgainst = !isRoot
  ? "it needs root"
  : ["/usr/bin/newuidmap", "/usr/bin/newgidmap", "/etc/subuid", "/etc/subgid"].filter((path) => !exists(path))
    .map((path) => `there is no ${path}`)[0];

/**
 * What comes before a command that is to find the user there: the files are mounted over the machine's in a mount namespace
 * that ends with the command.
 */
export function knowingOwner(scratch: Scratch, { subuid = RANGE, subgid = RANGE } = {}): string[] {
  const { name, uid } = OWNER;
  const passwd = `${Deno.readTextFileSync("/etc/passwd")}${name}:x:${uid}:${uid}::/tmp:/bin/sh\n`;
  for (const [file, text] of Object.entries({ passwd, subuid, subgid })) scratch.file(`database/${file}`, text);
  const script = `for f in passwd subuid subgid; do mount --bind "$0/$f" /etc/$f || exit 99; done; exec "$@"`;
  return ["unshare", "--mount", "sh", "-c", script, `${scratch.path}/database`];
}
