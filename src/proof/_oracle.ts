import type { MergedConfig } from "../config/merged.ts";
import type { ExportMode, Sharing } from "../config/schema.ts";
import { CAPABILITIES } from "../plan/operation.ts";

/**
 * The order of Russian dolls once more, told by examples instead of by rules: what each node can do with every path of a
 * small world, one capability after the other, one key after the other. It knows only configurations without commands,
 * optional exports and $LEAF variables.
 *
 * @param ancestor without its private exports
 * @param branch the directory that is not the ancestor's to grant
 * @returns the names of the dimensions in which the child is looser
 */
export function looserDimensions(child: MergedConfig, ancestor: MergedConfig, branch: string): readonly string[] {
  const looser: string[] = [];
  for (const name of ["user", "cgroup", "net", "pid", "ipc", "time"] as const) {
    if (!sharingAllowed(child.sharing[name]?.value, ancestor.sharing[name]?.value, name === "time")) looser.push(name);
  }
  for (const capability of CAPABILITIES) {
    if (holds(child, capability) && !holds(ancestor, capability)) looser.push(capability);
  }
  for (const path of WORLD) {
    if (path !== branch && !path.startsWith(branch + "/")) {
      if (best(child.exports, path) > best(ancestor.exports, path)) looser.push(path);
    }
  }
  for (const mode of ["Procfs", "Devfs", "Mqueue"]) {
    const has = (exports: Exports) => exports.some(({ value }) => value.mode === mode);
    if (has(child.exports) && !has(ancestor.exports)) looser.push(mode);
  }
  for (const path of ["/dev/a", "/dev/b"]) {
    for (const right of "rw") {
      const has = ({ devices }: MergedConfig) =>
        devices.some(({ value }) => value.path === path && value.access !== "none" && value.access.includes(right));
      if (has(child) && !has(ancestor)) looser.push(`device ${path} ${right}`);
    }
  }
  if (ancestor.ids.uid !== 0 && child.ids.uid !== ancestor.ids.uid) looser.push("uid");
  const { scalars: mine } = child;
  const { scalars: theirs } = ancestor;
  if (mine["new-session"]?.value === "Disabled" && theirs["new-session"]?.value !== "Disabled") looser.push("session");
  if (mine["die-with-parent"]?.value !== "Enabled" && theirs["die-with-parent"]?.value === "Enabled") {
    looser.push("die");
  }
  if (mine["inherit-env"]?.value === true && theirs["inherit-env"]?.value !== true) looser.push("environment");
  const filters = ["none", "default", "strict"];
  const filter = (value = "default") => filters.indexOf(value);
  if (filter(mine.seccomp?.value) < filter(theirs.seccomp?.value)) looser.push("seccomp");
  if (mine.gpgcheck?.value !== true && theirs.gpgcheck?.value === true) looser.push("gpgcheck");
  const LANDLOCK = ["off", "auto", "required"];
  const landlock = (value = holds(child, "CAP_SYS_ADMIN") ? "off" : "auto") => LANDLOCK.indexOf(value);
  if (landlock(mine.landlock?.value) < landlock(theirs.landlock?.value)) looser.push("landlock");
  if (mine["tmpfs-exec"]?.value === true && theirs["tmpfs-exec"]?.value !== true) looser.push("tmpfs-exec");
  const size = (value: number | "max" = 64 * 1024 ** 2) => value === "max" ? Infinity : value;
  if (size(mine["tmpfs-size"]?.value) > size(theirs["tmpfs-size"]?.value)) looser.push("tmpfs-size");
  if (mine.proc?.value !== "pid" && theirs.proc?.value === "pid") looser.push("proc");
  if (theirs.apparmor !== undefined && mine.apparmor?.value !== theirs.apparmor.value) looser.push("apparmor");
  return looser;
}

function sharingAllowed(mine: Sharing = "unset", theirs: Sharing = "unset", isTime: boolean): boolean {
  const kind = (value: Sharing) => value === "unset" ? isTime ? "enabled" : "disabled" : value;
  const [a, b] = [kind(mine), kind(theirs)];
  if (a === "disabled" || b === "enabled") return true;
  return typeof a === "object" && typeof b === "object" && a.join === b.join;
}

function holds({ capabilities }: MergedConfig, capability: string): boolean {
  let held = false;
  for (const { value } of capabilities) if (value.cap === "ALL") held = value.add;
  for (const { value } of capabilities) if (value.cap === capability) held = value.add;
  return held;
}

type Exports = MergedConfig["exports"];

const WRITABLE: readonly ExportMode[] = ["Public", "PublicFile", "Private", "PrivateFile"];
const READABLE: readonly ExportMode[] = ["Restricted", "RestrictedFile", "PrivateRestricted"];

/** Walks down a path of the node and keeps what was mounted last on the way: how a kernel looks it up. */
function lookUp(exports: Exports, destination: string): { path: string; access: number } {
  let found = { path: "", access: 0 };
  let walked = "";
  for (const name of destination.split("/").slice(1)) {
    walked += `/${name}`;
    found = { ...found, path: `${found.path}/${name}` };
    for (const { value: { mode, mount, path: source } } of exports) {
      if (mount !== walked) continue;
      const path = withoutDots(source);
      if (WRITABLE.includes(mode)) found = { path, access: 2 };
      else if (READABLE.includes(mode)) found = { path, access: 1 };
      else if (mode === "Tmpfs" || mode === "Procfs" || mode === "Mqueue") found = { path: "", access: 0 };
    }
  }
  return found;
}

/** The most that can be done with a path of the host, by trying every place where an export could show it. */
function best(exports: Exports, path: string): number {
  const places = exports.flatMap(({ value }) => {
    const source = withoutDots(value.path);
    return path === source || path.startsWith(source + "/") ? [value.mount + path.slice(source.length)] : [];
  });
  return Math.max(0, ...places.map((place) => lookUp(exports, place)).map((at) => at.path === path ? at.access : 0));
}

function withoutDots(path: string): string {
  return new URL(path, "file:").pathname;
}

/** All paths that the exports of the generator can name, or uncover in each other. */
const WORLD: readonly string[] = ["/s", "/t", "/p", "/p/c", "/p/c/d", "/p/c/d/e"].flatMap((root) => below(root, 4));

function below(path: string, levels: number): string[] {
  return levels === 0 ? [path] : [path, ...["x", "y"].flatMap((name) => below(`${path}/${name}`, levels - 1))];
}
