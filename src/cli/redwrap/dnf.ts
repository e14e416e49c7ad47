import { AT_FDCWD } from "../../../ffi/libc/constants.ts";
import { libc } from "../../../ffi/libc/libc.ts";
import { parentPath } from "../../core/path.ts";
import { getopt, GetoptError } from "../getopt.ts";
import { invocationName, launcherEnvironment } from "../launch_environment.ts";
import { narrow } from "../narrow.ts";
import { writeMessage } from "../write.ts";
import { launchAs } from "./main.ts";
import { OPTIONS, type RedwrapRequest, toRequest, usageText } from "./options.ts";

/** The package manager that redpak 2.5 works with, a program of its own. */
const MANAGER = "redmicrodnf";

/** What it does inside of a node, in admin mode. */
const INSIDE = [
  "install",
  "download",
  "downgrade",
  "groupinfo",
  "grouplist",
  "reinstall",
  "remove",
  "repo",
  "repolist",
  "repoinfo",
  "repoquery",
  "upgrade",
  "advisory",
];

/** What it does outside: it makes the node. */
const OUTSIDE = "manager";

/** The program `redwrap-dnf` of redpak 2.5: starts the package manager in the node, or beside it for `manager`. */
export function redwrapDnf(): Promise<never> {
  if (isForManager(Deno.args)) return becomeManager();
  return launchAs({ read: readDnfRequest, usage: dnfUsageText, isHonest: true });
}

/** What stands behind the command is the package manager's own, and for `manager` what stands before it, too. */
export function isForManager(words: readonly string[]): boolean {
  try {
    return getopt(words, OPTIONS, true).operands[0] === OUTSIDE;
  } catch (error) {
    if (!(error instanceof GetoptError)) throw error;
    return words.find((word) => word === OUTSIDE || INSIDE.includes(word)) === OUTSIDE;
  }
}

/**
 * Reads the options of `redwrap` up to the command; everything from there on is the package manager's.
 *
 * @returns `undefined` where help is asked for
 * @throws {GetoptError}
 */
export function readDnfRequest(words: readonly string[]): RedwrapRequest | undefined {
  const { options, operands: [command, ...rest] } = getopt(words, OPTIONS, true);
  if (options.some(({ name }) => name === "help")) return undefined;
  if (command === undefined) throw new GetoptError("the command is missing");
  if (!INSIDE.includes(command)) throw new GetoptError(`'${command}' is no command`);
  const redpath = options.findLast(({ name }) => name === "redpath")?.value ?? "";
  const request = toRequest([...options, { name: "admin" }], [MANAGER, "--redpath", redpath, command, ...rest]);
  return request && { ...request, separator: true };
}

export function dnfUsageText(): string {
  const usage = usageText().replace(/^.*\n/, "");
  return [
    "Usage: redwrap-dnf --redpath=DIR [OPTIONS] COMMAND [ARGUMENTS]",
    `       redwrap-dnf ${OUTSIDE} [ARGUMENTS]`,
    `Starts ${MANAGER} in the node, with ${INSIDE.join(", ")};`,
    `or beside this program, with ${OUTSIDE}.`,
    usage,
  ].join("\n");
}

/** The one that is installed beside this binary: no search path decides what runs. */
function becomeManager(): Promise<never> {
  narrow(["read", "ffi"]);
  const path = `${parentPath(Deno.execPath())}/${MANAGER}`;
  const variables = Object.entries(launcherEnvironment()).map(([name, value]) => `${name}=${value}`);
  try {
    libc().execveat(AT_FDCWD, path, [path, ...Deno.args], variables, 0);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    writeMessage(`${invocationName()}: Cannot start "${path}": ${reason}\n`);
  }
  Deno.exit(1);
}
