import { libc } from "../../ffi/libc/libc.ts";
import { RedpakError } from "../core/error.ts";
import { become } from "../launch/become.ts";
import { runDirectoryPath } from "../launch/run_directory.ts";
import { attachPlan } from "../plan/attach_plan.ts";
import { consoleBeside } from "../plan/console.ts";
import { encodePlan } from "../plan/encode.ts";
import type { Operation } from "../plan/operation.ts";
import { LAUNCHER } from "../store/node_files.ts";
import { realDirectory } from "../store/node_path.ts";
import { readRegularFile } from "../store/read_file.ts";
import { refuseReplaceable } from "../store/trust.ts";
import { areFresh } from "./seal_stamps.ts";
import { parseLauncher, type SealedLauncher } from "./sealed_launcher.ts";
import { stageImage } from "./stage_image.ts";

export interface LauncherStart {
  /** The node's directory, as it was named. */
  readonly path: string;
  /** The program and its arguments; empty for the node's shell. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts a program with the plan of the launcher that `redpak seal` has left in a node, where that is the plan that the configuration comes to
 * now: it has been decided already, so that no configuration has to be read. Comes back where it is not, or where there is none.
 *
 * @throws {RedpakError} `E_NODE_NOT_FOUND`, `E_NOT_PERMITTED`
 */
export function startByLauncher({ path, program, environment }: LauncherStart): void {
  const node = realDirectory(path);
  const launcher = findLauncher(node);
  if (launcher === undefined || !isUsable(launcher, node, environment)) return;
  const { plan } = launcher;
  const uid = Deno.uid() ?? 0;
  const operations = plan.operations.flatMap((operation): Operation[] => {
    switch (operation.operation) {
      case "sealed":
        // It was fresh a moment ago: sealing it again is for who starts the launcher itself.
        return [{ ...operation, renew: [] }];
      case "write-record":
        return [{ ...operation, directory: runDirectoryPath(uid, environment) }];
      case "devpts":
        return [operation, ...Deno.stdout.isTerminal() ? [consoleBeside(operation)] : []];
      case "exec":
        return [{ ...operation, arguments: program.length === 0 ? ["sh"] : program }];
      default:
        return [operation];
    }
  });
  const image = attachPlan(stageImage(), encodePlan({ ...plan, operations }));
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  become(libc(), image, { descriptors: [], environment: variables });
}

/** The launcher of a node, if there is one that nobody else can have put there. */
function findLauncher(node: string): SealedLauncher | undefined {
  const path = `${node}/${LAUNCHER}`;
  try {
    const file = readRegularFile(path);
    if (file === undefined) return undefined;
    refuseReplaceable(path, Deno.uid() ?? 0);
    return parseLauncher(path, file.bytes);
  } catch (error) {
    // The configuration says what to do just as well. `redpak verify` says what is wrong with a launcher.
    if (error instanceof RedpakError) return undefined;
    throw error;
  }
}

/** Whether a launch that is decided now would be decided as the launcher was. */
function isUsable(
  { plan, sealed, architecture }: SealedLauncher,
  node: string,
  environment: Readonly<Record<string, string>>,
): boolean {
  const terms = plan.operations.find((operation) => operation.operation === "run-by");
  return plan.node === node && architecture === Deno.build.arch &&
    sealed.uid === Deno.uid() && sealed.gid === Deno.gid() && sealed.kernel <= kernelVersion() &&
    terms?.obstacle === "" && terms.variables.every((variable) => isSame(variable, environment)) &&
    areFresh(libc(), sealed);
}

/** The first two numbers of the kernel's release, as `sealed` has them. */
function kernelVersion(): number {
  const [major = 0, minor = 0] = Deno.osRelease().split(".", 2).map((number) => Number.parseInt(number));
  return major * 0x1_0000 + minor;
}

/** @param variable as `run-by` has it */
function isSame(variable: string, environment: Readonly<Record<string, string>>): boolean {
  const end = variable.indexOf("=");
  const name = end < 0 ? variable : variable.slice(0, end);
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return value === (end < 0 ? undefined : variable.slice(end + 1));
}
