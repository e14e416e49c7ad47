import { S } from "../../../ffi/libc/constants.ts";
import { RPMFILE } from "../../../ffi/librpm/constants.ts";
import { escapeText } from "../../core/escape.ts";
import type { Problem } from "../../core/error.ts";
import { quote } from "../../core/quote.ts";
import { STATUS_FILE } from "../../store/node_files.ts";
import { formatNevra } from "../database/installed_package.ts";
import { GENERATION_FILE, USR } from "../generation/layout.ts";
import { isPathOfPackages } from "../generation/record.ts";
import type { Privilege } from "./job.ts";
import type { PackageContent, PackagedFile } from "./package_content.ts";

/** As in `linux/limits.h`. */
const LONGEST_PATH = 4096;
const LONGEST_NAME = 255;

/** More than any package has that people use. */
const MOST_FILES = 1_000_000;

/** Names that programs and people could take for something else; what is not UTF-8 has become U+FFFD. */
// deno-lint-ignore no-control-regex
const UNREADABLE = /[\u0000-\u001f\u007f\ufffd]/;

const SETUID = 0o4000;
const SETGID = 0o2000;
const STICKY = 0o1000;
const OTHERS_WRITE = 0o002;

/** What is wrong with the files that a package has, before anything of it is unpacked. */
export function checkContent(content: PackageContent, allowed: readonly Privilege[]): Problem[] {
  const label = escapeText(formatNevra(content.package));
  const problems: Problem[] = [];
  const refuse = (code: string, reason: string, ...hints: string[]) =>
    problems.push({ code, message: `Cannot install ${label}: ${reason}`, hints });

  if (content.files.length > MOST_FILES) {
    refuse("E_PACKAGE_PATH", `it has more than ${MOST_FILES} files`);
    return problems;
  }
  for (const file of content.files) {
    const path = pathProblem(file);
    if (path !== undefined) {
      refuse("E_PACKAGE_PATH", `its path ${quote(file.path)} ${path}`);
      continue;
    }
    const protection = protectionProblem(file);
    if (protection !== undefined) refuse("E_PROTECTED", `its path ${quote(file.path)} ${protection}`);
    const privilege = privilegeOf(file);
    if (privilege !== undefined && !allowed.includes(privilege)) {
      refuse(
        "E_PACKAGE_PRIVILEGE",
        `its file ${quote(file.path)} ${REASONS[privilege]}`,
        `--allow ${privilege} installs it all the same`,
      );
    }
  }
  return problems;
}

function pathProblem({ path, mode, target }: PackagedFile): string | undefined {
  if (!path.startsWith("/")) return "is not absolute";
  if (UNREADABLE.test(path)) return "has characters that no name should have";
  if (path.length > LONGEST_PATH) return "is too long";
  const names = path.slice(1).split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) return "is not what it seems to be";
  if (names.some((name) => name.length > LONGEST_NAME)) return "has a name that is too long";
  if ((mode & S.IFMT) !== S.IFLNK) return undefined;
  if (target === "" || UNREADABLE.test(target)) return "is a link to something that cannot be";
  return leadsOut(names.slice(0, -1), target) ? `is a link that leads out of the node, to ${quote(target)}` : undefined;
}

/** Whether a link climbs above the root directory. What is absolute is, in the node, of the node. */
function leadsOut(directories: readonly string[], target: string): boolean {
  if (target.startsWith("/")) return false;
  let depth = directories.length;
  for (const name of target.split("/")) {
    if (name === "..") depth--;
    else if (name !== "" && name !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

function protectionProblem({ path, mode }: PackagedFile): string | undefined {
  const relative = path.slice(1);
  const names = relative.split("/");
  const isDirectory = (mode & S.IFMT) === S.IFDIR;
  if (relative === USR) return isDirectory ? undefined : "has to be a directory";
  if (relative === "etc" && !isDirectory) return "has to be a directory";
  const decides = names[0] === USR
    ? names.includes(STATUS_FILE) || relative === `${USR}/${GENERATION_FILE}`
    : !isPathOfPackages(relative);
  return decides ? "decides about the node, and packages must not" : undefined;
}

const REASONS: Readonly<Record<Privilege, string>> = {
  setuid: "runs with the rights of its owner, whoever starts it",
  capabilities: "runs with capabilities, whoever starts it",
  devices: "is a device, a FIFO or a socket",
  "world-writable": "can be changed by everybody",
};

function privilegeOf({ mode, flags, capabilities }: PackagedFile): Privilege | undefined {
  const type = mode & S.IFMT;
  // There is nothing of it in the package.
  if ((flags & RPMFILE.GHOST) !== 0) return undefined;
  if (type === S.IFLNK) return undefined;
  if (type !== S.IFREG && type !== S.IFDIR) return "devices";
  if (type === S.IFREG && (mode & (SETUID | SETGID)) !== 0) return "setuid";
  if (capabilities !== "" && capabilities !== "=") return "capabilities";
  if ((mode & OTHERS_WRITE) !== 0 && !(type === S.IFDIR && (mode & STICKY) !== 0)) return "world-writable";
}
