import { refuseDisabled } from "../../config/state.ts";
import type { Problem } from "../../core/error.ts";
import { resolvePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import { replaceFile } from "../../store/durable.ts";
import { ioError } from "../../store/io_error.ts";
import { eachNode, findTree } from "../../store/find_tree.ts";
import { loadFamily } from "../../store/load_family.ts";
import { realDirectory } from "../../store/load_node.ts";
import type { BootFile, BootService } from "../../view/unit/boot_service.ts";
import { initScript } from "../../view/unit/init_script.ts";
import { inittab, isFitForInittab } from "../../view/unit/inittab.ts";
import { systemdUnits } from "../../view/unit/systemd_unit.ts";
import { bootNodes } from "../boot_nodes.ts";
import { bootServices, sealedStarter, type Starter } from "../boot_services.ts";
import type { Invocation, Output } from "../invocation.ts";
import { isThere } from "../is_there.ts";
import { prepareLaunch } from "../prepare_launch.ts";
import { resolveNode } from "../resolve_node.ts";
import { LAUNCHER } from "../sealed_launcher.ts";
import { usage } from "../split_words.ts";

/** `redpak unit`: what a service manager needs to start nodes at boot. */
export async function unit(invocation: Invocation<"unit">): Promise<Output> {
  const { flags, operands: [name = "", ...program], globals } = invocation;
  if (flags.all && (flags.launcher !== undefined || program.length > 0)) {
    throw usage("Cannot write units for all nodes: --launcher and COMMAND are for a single one");
  }
  const directory = realDirectory(flags.all ? name : await resolveNode(name, globals.root));
  const warnings: Problem[] = [];
  const starters = new Map<string, Starter>();
  if (flags.all) await findStarters(directory, starters, warnings);
  else starters.set(directory, await findStarter(directory, program, invocation));
  const options = { admin: flags.admin, watchdog: readWatchdog(flags.watchdog) };
  const services = bootServices(await bootNodes(directory, flags.admin), starters, options);
  const files = filesOf(services, flags.format ?? "systemd");
  const target = flags.output === undefined ? undefined : resolvePath(Deno.cwd(), flags.output);
  if (target !== undefined) files.forEach((file) => write(target, file));
  return {
    kind: "Units",
    data: {
      services: services.map(({ node, name, level, after }) => ({ node, name, level, after })),
      files: files.map(({ name, text }) => ({ name, file: target === undefined ? null : `${target}/${name}`, text })),
    },
    text: () => target === undefined ? printed(files) : files.map(({ name }) => `wrote ${target}/${name}`).join("\n"),
    warnings,
  };
}

/** Nodes that have a launcher are services; what only holds others needs none. */
async function findStarters(
  directory: string,
  starters: Map<string, Starter>,
  warnings: Problem[],
): Promise<void> {
  const tree = await findTree(directory);
  warnings.push(...tree.warnings);
  for (const { path, error } of eachNode(tree.nodes)) {
    if (error !== undefined) throw error;
    if (!isThere(`${path}/${LAUNCHER}`)) {
      warnings.push({
        code: "W_UNIT_SKIPPED",
        message: `${quote(path)} is no service: it has no launcher`,
        hints: [`redpak seal ${path} -- COMMAND`],
      });
      continue;
    }
    refuseDisabled(await loadFamily(path));
    starters.set(path, sealedStarter(`${path}/${LAUNCHER}`, path));
  }
}

async function findStarter(
  node: string,
  program: readonly string[],
  { flags: { admin, launcher }, environment }: Invocation<"unit">,
): Promise<Starter> {
  refuseDisabled(await loadFamily(node));
  if (launcher !== undefined) {
    if (program.length > 0) throw usage("Cannot start a COMMAND by --launcher: the launcher has its own");
    return sealedStarter(resolvePath(Deno.cwd(), launcher), node);
  }
  if (program.length > 0) {
    const { plan, facts } = await prepareLaunch({ path: node, admin, program, environment });
    const command = [Deno.execPath(), "run", node, ...admin ? ["--admin"] : [], "--", ...program] as const;
    return { command, isSealed: false, uid: facts.uid, plan: plan(), writes: [] };
  }
  if (isThere(`${node}/${LAUNCHER}`)) return sealedStarter(`${node}/${LAUNCHER}`, node);
  throw usage(
    `Cannot write a unit for ${quote(node)}: nothing says what it is to start`,
    `seal it: redpak seal ${node} -- COMMAND`,
    `or have redpak start it: redpak unit ${node} -- COMMAND`,
  );
}

const SHORTEST_WATCHDOG = 1;

function readWatchdog(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds >= SHORTEST_WATCHDOG) return seconds;
  throw usage(`Cannot watch every ${quote(text)} seconds: expected a number from ${SHORTEST_WATCHDOG} on`);
}

function filesOf(services: readonly BootService[], format: "systemd" | "init" | "inittab"): readonly BootFile[] {
  if (format === "systemd") return services.flatMap(systemdUnits);
  for (const { node, isSealed, uid, command: [program] } of services) {
    if (!isSealed || uid !== 0) {
      throw usage(
        `Cannot start ${quote(node)} by init: ${isSealed ? "its launcher is a user's" : "that takes a launcher"}`,
        `seal it as root: redpak seal ${node} -- COMMAND`,
      );
    }
    if (format === "inittab" && !isFitForInittab(program)) {
      throw usage(`Cannot start ${quote(program)} by an inittab: init would give its name to a shell`);
    }
  }
  return format === "init" ? services.map(initScript) : [inittab(services)];
}

function printed(files: readonly BootFile[]): string {
  const [first, ...others] = files;
  if (others.length === 0) return first?.text.trimEnd() ?? "";
  return files.map(({ name, text }) => `### ${name}\n${text}`).join("\n").trimEnd();
}

/** In one step: who reads it meanwhile reads the old one or the new one. */
function write(directory: string, { name, text, mode }: BootFile): void {
  const file = `${directory}/${name}`;
  try {
    replaceFile(file, text, { mode, uid: null, gid: null });
  } catch (error) {
    throw ioError("write", file, error);
  }
}
