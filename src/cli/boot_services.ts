import { bootOrder } from "../config/boot_order.ts";
import { mergeService } from "../config/merge_service.ts";
import { visitParts } from "../config/merge_visit.ts";
import type { RedNode } from "../config/node.ts";
import { type Problem, RedpakError } from "../core/error.ts";
import { ACTIVE } from "../core/escape.ts";
import { EXIT } from "../core/exit_code.ts";
import { type Image, resolveInImage } from "../core/image.ts";
import { isWithin, normalizePath, parentPath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import type { Plan } from "../plan/plan.ts";
import { type BootService, SERVICE_PREFIX } from "../view/unit/boot_service.ts";
import { sourcesOf } from "./explain_launcher.ts";
import { readLauncher } from "./sealed_launcher.ts";

/** What starts a node. */
export interface Starter {
  readonly command: BootService["command"];
  readonly isSealed: boolean;
  /** The user that it is for. */
  readonly uid: number;
  readonly plan: Plan;
  /** Files that it was made from and that have changed since, so that it starts nothing. */
  readonly stale: readonly string[];
  /** What the launcher, beside the node's programs, may write: itself, when it seals itself again. */
  readonly writes: readonly string[];
}

/**
 * A launcher as what starts a node.
 *
 * @param file where it is here
 * @param place where it is on the machine that it is for
 * @throws {RedpakError} as `readLauncher`; `E_LAUNCHER` where it starts another node
 */
export function sealedStarter(file: string, node: string, place: string = file): Starter {
  const { plan, sealed } = readLauncher(file);
  if (plan.node !== node) {
    throw new RedpakError({
      code: "E_LAUNCHER",
      exit: EXIT.failed,
      message: `Cannot start ${quote(node)} by ${quote(file)}: it starts ${quote(plan.node)}`,
    });
  }
  const writes = sealed.renew.length > 0 ? [place] : [];
  const isHere = place === file && sealed.renew.length === 0;
  const stale = isHere ? sourcesOf(sealed).filter(({ state }) => state === "changed").map(({ path }) => path) : [];
  return { command: [place], isSealed: true, uid: sealed.uid, plan, stale, writes };
}

export interface BootOptions {
  readonly admin: boolean;
  /** Seconds. */
  readonly watchdog: number | undefined;
  /** Where `/` of the machine is, whose nodes these are. */
  readonly image: Image;
}

/**
 * Services of nodes, each behind those that it waits for.
 *
 * @param nodes all that may be waited for, parents before their children
 * @param starters of those that become services; who waits for another node waits for what that one waits for
 * @throws {RedpakError} `E_BOOT_ORDER`, `E_UNIT_NAME`, `E_UNIT_TEXT`
 */
export function bootServices(
  nodes: readonly RedNode[],
  starters: ReadonlyMap<string, Starter>,
  { admin, watchdog, image }: BootOptions,
): readonly BootService[] {
  const { order, waits, problems } = bootOrder(nodes);
  const concerned = [...problems].filter(([{ path }]) => starters.has(path)).flatMap(([, found]) => found);
  if (concerned.length > 0) throw refusal("E_BOOT_ORDER", concerned);
  const served = order.filter(({ path }) => starters.has(path));
  refuseSameNames(served);
  const fine = new Set(order);
  const servicesBefore = (node: RedNode): readonly RedNode[] => {
    const waitedFor = (waits.get(node) ?? []).filter((other) => fine.has(other));
    return [...new Set(waitedFor.flatMap((other) => starters.has(other.path) ? [other] : servicesBefore(other)))];
  };
  const levels = new Map<RedNode, number>();
  return served.map((node): BootService => {
    const before = servicesBefore(node);
    const level = Math.max(-1, ...before.map((other) => levels.get(other) ?? 0)) + 1;
    levels.set(node, level);
    const { command, isSealed, uid, plan, writes } = starters.get(node.path)!;
    refuseDetached(node, plan);
    const { notify, listen } = mergeService(visitParts([node], admin));
    refuseUnfit(node, [node.path, ...command]);
    return {
      node: node.path,
      name: nameOf(node),
      description: `redpak node ${node.normal.config.headers.alias}`,
      command,
      isSealed,
      after: before.map(nameOf),
      level,
      notify: notify?.value === true,
      listen: listen.map(({ value }) => value),
      uid,
      capabilities: hostCapabilities(plan),
      writesSystem: [...writes, ...writtenBy(plan, image)].some((path) => isOfSystem(path, image)),
      watchdog,
    };
  });
}

function nameOf({ normal }: RedNode): string {
  return SERVICE_PREFIX + normal.config.headers.alias;
}

function refuseSameNames(nodes: readonly RedNode[]): void {
  const problems = [...Map.groupBy(nodes, nameOf)].flatMap(([name, [first, ...others]]) =>
    others.map((other): Problem => ({
      code: "E_UNIT_NAME",
      message: `Cannot write a unit for ${quote(other.path)}: ${quote(name)} is that of ${quote(first!.path)}`,
      where: other.normal.locate(["headers", "alias"]),
      hints: ["give each node an alias of its own"],
    }))
  );
  if (problems.length > 0) throw refusal("E_UNIT_NAME", problems);
}

/** A service manager takes the end of what it has started for that of the service, and ends what is left of it. */
function refuseDetached({ path }: RedNode, { operations }: Plan): void {
  if (!operations.some(({ operation }) => operation === "detach")) return;
  throw new RedpakError({
    code: "E_UNIT_DETACHED",
    exit: EXIT.failed,
    message: `Cannot write a unit for ${quote(path)}: its launcher does not stay until the node ends`,
    hints: ["seal it without --detach"],
  });
}

/** No quoting keeps a line break in a unit file, or makes other control characters readable. */
function refuseUnfit({ path }: RedNode, texts: readonly string[]): void {
  const unfit = texts.find((text) => text.search(ACTIVE) >= 0);
  if (unfit === undefined) return;
  throw new RedpakError({
    code: "E_UNIT_TEXT",
    exit: EXIT.failed,
    message: `Cannot write a unit for ${quote(path)}: there are control characters in ${quote(unfit)}`,
    hints: ["seal the node with its command: redpak seal NODE -- COMMAND"],
  });
}

function refusal(code: string, problems: readonly Problem[]): RedpakError {
  const [first] = problems;
  if (problems.length === 1) return new RedpakError({ ...first!, exit: EXIT.configuration });
  return new RedpakError({
    code,
    exit: EXIT.configuration,
    message: `Cannot write units: ${problems.length} problems`,
    where: first?.where,
    problems,
  });
}

/**
 * In a user namespace of its own, a node's capabilities are none of the host's. By a label of Smack its files are out of the launcher's
 * reach, and with it what the launcher had made before.
 */
function hostCapabilities({ operations }: Plan): BootService["capabilities"] {
  const labelled = operations.some(({ operation }) => operation === "smack");
  const clone = operations.find((operation) => operation.operation === "clone");
  const kept = operations.find((operation) => operation.operation === "capabilities");
  const own = clone?.namespaces.includes("user") === true ? [] : kept?.bounding ?? [];
  return labelled ? [...own, "CAP_MAC_OVERRIDE"] : own;
}

function writtenBy({ operations }: Plan, image: Image): string[] {
  return operations.flatMap((operation) => {
    if (operation.operation === "ensure-directory") {
      return resolveInImage(image, operation.path) === undefined ? [operation.path] : [];
    }
    if (operation.operation !== "bind" || operation.options.includes("ro")) return [];
    return "path" in operation.source ? [operation.source.path] : [];
  });
}

/** What `ProtectSystem=full` makes read-only, systemd.exec(5), or what holds it. */
function isOfSystem(path: string, image: Image): boolean {
  const real = resolved(normalizePath(path), image);
  return ["/usr", "/etc", "/boot", "/efi"].some((held) => isWithin(real, held) || isWithin(held, real));
}

/** Links such as /bin count as what they lead to; of what is not there, the directory that it would be made in. */
function resolved(path: string, image: Image): string {
  return resolveInImage(image, path)?.path ?? (path === "/" ? path : resolved(parentPath(path), image));
}
