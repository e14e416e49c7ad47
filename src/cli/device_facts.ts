import type { Architecture, Facts } from "../config/facts.ts";
import { type Image, resolveInImage } from "../core/image.ts";
import { isSince } from "../plan/kernel_release.ts";
import { gatherFacts, idsIn } from "./facts.ts";

/** What the first process of a device gives to those that it starts. */
const ENVIRONMENT = {
  HOME: "/root",
  USER: "root",
  LOGNAME: "root",
  SHELL: "/bin/sh",
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
};

/** The facts of a launch by root when the device of an image starts. */
export function deviceFacts(image: Image, architecture: string | undefined): Facts {
  const database = (path: string): string => {
    const found = resolveInImage(image, path);
    return found?.entry.kind === "file" ? new TextDecoder().decode(image.read(found.path, 0, found.entry.size)) : "";
  };
  return {
    ...gatherFacts(ENVIRONMENT),
    ...kernelOf(image),
    ...architecture === undefined ? {} : { architecture: architecture as Architecture },
    uid: 0,
    gid: 0,
    pid: 1,
    cwd: "/",
    terminal: false,
    ...idsIn(database),
  };
}

/** The oldest kernel that the image has modules for; without any, nothing is known but this machine's. */
function kernelOf(image: Image): Partial<Pick<Facts, "kernel">> {
  const found = ["/usr/lib/modules", "/lib/modules"].map((path) => resolveInImage(image, path))
    .find((directory) => directory?.entry.kind === "directory");
  const releases = found === undefined ? [] : [...image.list(found.path)].filter((name) => /^\d+\.\d+/.test(name));
  const [oldest] = releases.sort((one, other) => {
    const [major = 0, minor = 0] = other.split(".").map((number) => parseInt(number));
    return isSince(one, major, minor) ? 1 : -1;
  });
  return oldest === undefined ? {} : { kernel: oldest };
}
