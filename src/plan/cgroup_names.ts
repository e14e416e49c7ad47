import { isWithin } from "../core/path.ts";

/** The group that holds all groups of nodes; those with admin files have other limits, and so a tree of their own. */
export function cgroupTree(admin: boolean): string {
  return admin ? "redpak-admin" : "redpak";
}

/** Longest part of a name; the kernel takes 255 bytes. */
const LONGEST = 200;

/**
 * The names of a node's group below that of its parent: `node-var-pak` for `/var/pak`, and in it `node-a` for
 * `/var/pak/a`. No two paths have the same names; a path that is too long for one name has several.
 *
 * The prefix keeps names from those of the kernel's own files (cgroup-v2.rst, "Interface Files").
 */
export function cgroupNames(path: string, parent: string | undefined): readonly string[] {
  const below = parent !== undefined && isWithin(path, parent) ? path.slice(parent === "/" ? 0 : parent.length) : path;
  const text = escapePath(below.slice(1));
  const names: string[] = [];
  let start = 0;
  for (; text.length - start > LONGEST; start += LONGEST) names.push(`part-${text.slice(start, start + LONGEST)}`);
  return [...names, `node-${text.slice(start)}`];
}

/** As systemd-escape(1): `/` becomes `-`; what is not plain becomes `\x` and two hexadecimal digits for each byte. */
function escapePath(path: string): string {
  const byte = (value: number) => `\\x${value.toString(16).padStart(2, "0")}`;
  return path.replace(/[^A-Za-z0-9:_.]/gu, (character) => {
    return character === "/" ? "-" : [...new TextEncoder().encode(character)].map(byte).join("");
  });
}
