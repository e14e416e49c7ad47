import type { Architecture, Facts } from "../config/facts.ts";
import { type Image, resolveInImage } from "../core/image.ts";
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
    ...architecture === undefined ? {} : { architecture: architecture as Architecture },
    uid: 0,
    gid: 0,
    pid: 1,
    cwd: "/",
    terminal: false,
    ...idsIn(database),
  };
}
