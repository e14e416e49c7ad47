import { refuseDisabled } from "../../config/state.ts";
import type { RedNode } from "../../config/node.ts";
import type { Problem } from "../../core/error.ts";
import { isWithin, normalizePath, resolvePath } from "../../core/path.ts";
import { quote } from "../../core/quote.ts";
import { DirectoryImage } from "../../store/directory_image.ts";
import { eachNode, findTree } from "../../store/find_tree.ts";
import { loadFamily } from "../../store/load_family.ts";
import { realDirectory } from "../../store/node_path.ts";
import { writeOutputFile } from "../../store/write_output_file.ts";
import type { BootFile, BootService } from "../../view/unit/boot_service.ts";
import { initScript } from "../../view/unit/init_script.ts";
import { inittab, isFitForInittab } from "../../view/unit/inittab.ts";
import { systemdUnits } from "../../view/unit/systemd_unit.ts";
import { bootNodes } from "../boot_nodes.ts";
import { bootServices, sealedStarter, type Starter } from "../boot_services.ts";
import { imageNodes } from "../image_nodes.ts";
import type { Invocation, Output } from "../invocation.ts";
import { isThere } from "../is_there.ts";
import { prepareLaunch } from "../prepare_launch.ts";
import { resolveNode } from "../resolve_node.ts";
import { LAUNCHER } from "../sealed_launcher.ts";
import { usage } from "../split_words.ts";

/** `redpak unit`: what a service manager needs to start nodes at boot. */
export async function unit(invocation: Invocation<"unit">): Promise<Output> {
  const { flags, operands: [name = "", ...program] } = invocation;
  if (flags.all && (flags.launcher !== undefined || program.length > 0)) {
    throw usage("Cannot write units for all nodes: --launcher and COMMAND are for a single one");
  }
  if (flags.image !== undefined && !flags.all) {
    throw usage("Cannot write a unit for one node of an image: --all is missing");
  }
  const watchdog = readWatchdog(flags.watchdog);
  const { nodes, starters, warnings, root } = flags.image === undefined
    ? await nodesHere(invocation)
    : await nodesOfImage(realDirectory(flags.image), name, flags.admin);
  // This command has no permission to call C.
  const services = bootServices(nodes, starters, { admin: flags.admin, watchdog, image: new DirectoryImage(root) });
  const stale = [...starters].filter(([, starter]) => starter.stale.length > 0).map(([path, { stale }]): Problem => ({
    code: "W_LAUNCHER_STALE",
    message: `The launcher of ${quote(path)} starts nothing: ${quote(stale[0] ?? "")} has changed since it was sealed`,
    hints: [`redpak seal ${path} -- COMMAND`],
  }));
  const files = filesOf(services, flags.format ?? "systemd");
  const target = flags.output === undefined ? undefined : resolvePath(Deno.cwd(), flags.output);
  if (target !== undefined) {
    files.forEach(({ name, text, mode }) => writeOutputFile(`${target}/${name}`, text, mode));
  }
  return {
    kind: "Units",
    data: {
      services: services.map(({ node, name, level, after }) => ({ node, name, level, after })),
      files: files.map(({ name, text }) => ({ name, file: target === undefined ? null : `${target}/${name}`, text })),
    },
    text: () => target === undefined ? printed(files) : files.map(({ name }) => `wrote ${target}/${name}`).join("\n"),
    warnings: [...warnings, ...stale],
  };
}

interface Bootable {
  /** All that may be waited for, parents before their children. */
  readonly nodes: readonly RedNode[];
  /** By the paths of nodes. */
  readonly starters: ReadonlyMap<string, Starter>;
  readonly warnings: readonly Problem[];
  /** The directory that is `/` of the machine. */
  readonly root: string;
}

async function nodesHere(invocation: Invocation<"unit">): Promise<Bootable> {
  const { flags: { all, admin }, operands: [name = "", ...program], globals } = invocation;
  const directory = realDirectory(all ? name : await resolveNode(name, globals.root));
  const nodes = await bootNodes(directory, admin);
  if (!all) {
    const starter = await findStarter(directory, program, invocation);
    return { nodes, starters: new Map([[directory, starter]]), warnings: [], root: "/" };
  }
  const tree = await findTree(directory);
  const found = [...eachNode(tree.nodes)].map(({ path, error }) => {
    if (error !== undefined) throw error;
    return { path, directory: path };
  });
  for (const { path } of found) if (hasLauncher(path)) refuseDisabled(await loadFamily(path));
  const { starters, skipped } = sealedStarters(found);
  return { nodes, starters, warnings: [...tree.warnings, ...skipped], root: "/" };
}

/** @param within a directory of the device; services are the nodes in it */
async function nodesOfImage(root: string, within: string, admin: boolean): Promise<Bootable> {
  const { nodes, warnings } = await imageNodes(root, { admin });
  const families = nodes.map((node) => {
    if ("error" in node) throw node.error;
    return node;
  });
  const chosen = families.filter(({ path }) => isWithin(path, normalizePath(within)));
  for (const { family, directory } of chosen) if (hasLauncher(directory)) refuseDisabled(family);
  const { starters, skipped } = sealedStarters(chosen);
  return { nodes: families.map(({ family }) => family[0]), starters, warnings: [...warnings, ...skipped], root };
}

/** Nodes that have a launcher are services; what only holds others needs none. */
function sealedStarters(nodes: readonly { readonly path: string; readonly directory: string }[]) {
  const sealed = nodes.filter(({ directory }) => hasLauncher(directory));
  const skipped = nodes.filter((node) => !sealed.includes(node)).map(({ path }): Problem => ({
    code: "W_UNIT_SKIPPED",
    message: `${quote(path)} is no service: it has no launcher`,
    hints: [`redpak seal ${path} -- COMMAND`],
  }));
  const starters = new Map(sealed.map(({ path, directory }) => [
    path,
    sealedStarter(`${directory}/${LAUNCHER}`, path, `${path}/${LAUNCHER}`),
  ]));
  return { starters, skipped };
}

function hasLauncher(directory: string): boolean {
  return isThere(`${directory}/${LAUNCHER}`);
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
    return { command, isSealed: false, uid: facts.uid, plan: plan(), stale: [], writes: [] };
  }
  if (hasLauncher(node)) return sealedStarter(`${node}/${LAUNCHER}`, node);
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
