import type { Facts } from "../config/facts.ts";
import { bootOrder } from "../config/boot_order.ts";
import { findSharedIds } from "../config/id_range.ts";
import type { Owners } from "../config/policy_owners.ts";
import { CachedImage } from "../core/cached_image.ts";
import { formatPosition, type Problem, RedpakError } from "../core/error.ts";
import type { Image } from "../core/image.ts";
import { quote } from "../core/quote.ts";
import { HOST } from "../packages/database/holders.ts";
import type { Assertion } from "../proof/assertion/assertion.ts";
import { findViolations } from "../proof/assertion/find_violations.ts";
import type { NodeAccess } from "../proof/assertion/node_access.ts";
import { parseAssertions } from "../proof/assertion/parse_assertions.ts";
import { type Acceptance, applyBaseline, type Judged, parseBaseline } from "../proof/verify/baseline.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { KernelImage } from "./kernel_image.ts";
import { readNamedText } from "../store/read_file.ts";
import { checkTrust } from "../store/trust.ts";
import { deviceFacts } from "./device_facts.ts";
import type { HostPolicy } from "./host_policy.ts";
import { type ImageNode, imageNodes, machineOf, standsOnHostIn } from "./image_nodes.ts";
import { ImagePackages, type PackageFiles } from "./image_packages.ts";
import { loadHostPolicy } from "./load_host_policy.ts";
import { verifyLauncher } from "./verify_launcher.ts";
import { type CheckedImage, type FileCheck, FileChecker } from "./file_checker.ts";
import { finding, findingsOf, linksOf, type PlannedNode, verifyNode } from "./verify_node.ts";
import { verifyPackages } from "./verify_packages.ts";

/** What is to be proven of an image, beside what is to be proven of all. */
export interface ImageRequest {
  readonly admin: boolean;
  /** Machine of the device, as uname(2) names it; this one's when absent. */
  readonly arch?: string | undefined;
  /** A rule, and the name of a file of rules. */
  readonly assert?: string | undefined;
  readonly assertions?: string | undefined;
  /** The name of a file of findings that are accepted. */
  readonly baseline?: string | undefined;
  /** A directory of the image, if only the nodes in it are asked for. No node may be above. */
  readonly within?: string | undefined;
  /** Whether what is installed is asked for as well. */
  readonly contents?: boolean;
}

export interface VerifiedImage extends Judged {
  readonly image: Image;
  readonly facts: Facts;
  readonly nodes: readonly ImageNode[];
  readonly warnings: readonly Problem[];
  readonly access: readonly NodeAccess[];
  /** What each node comes to, by its directory on the device; of those that can be planned. */
  readonly planned: ReadonlyMap<string, PlannedNode>;
  /** The packages of each node that has a database, by its directory on the device; none where they are not asked for. */
  readonly installed: ReadonlyMap<string, readonly PackageFiles[]>;
  readonly assertions: readonly Assertion[];
  /** How many files the nodes have. */
  readonly files: number;
}

/**
 * Looks for everything that keeps an image from being proven.
 *
 * @param root the directory that is `/` on the device, without symbolic links
 * @param checkFiles makes who looks at the files: this thread, or another one
 */
export async function verifyImage(
  root: string,
  request: ImageRequest,
  checkFiles: (image: CheckedImage) => FileCheck = (image) => new FileChecker(image),
): Promise<VerifiedImage> {
  using directory = new KernelImage(root);
  const image = new CachedImage(directory);
  const facts = deviceFacts(image, request.arch);
  const [assertions, acceptances] = [readAssertions(request), readBaseline(request)];
  const { nodes, warnings } = await imageNodes(root, request);
  const { policy, refusal } = await policyOf(root, facts);
  const paths = nodes.map(({ path }) => path);
  const options = { image, facts, policy, admin: request.admin };
  const onHost = new Set(nodes.flatMap((node) => standsOnHostIn(nodes, node) ? [node.path] : []));
  using packages = new ImagePackages(facts.architecture, { root, nodes: onHost });
  using files = checkFiles({ root, nodes: paths });
  const host = files.check({ node: HOST, installed: packages.readHost(), ancestors: [], link: undefined });
  // Node by node: while the files of one are looked at, the database of the next is read.
  const pending = nodes.map((node) => {
    const installed = packages.readNode(node);
    const ancestors = packages.ancestorsOf(node.path);
    if ("error" in node) {
      const checked = files.check({ node: node.path, installed, ancestors, link: undefined });
      return { path: node.path, findings: findingsOf("V-CONFIG", node.path, node.error), launcher: [], checked };
    }
    const { findings, planned } = verifyNode(node.family, options);
    const link = planned && linksOf(planned, options);
    const checked = files.check({ node: node.path, installed, ancestors, link });
    return { path: node.path, findings, planned, launcher: verifyLauncher(node.family, options), checked };
  });
  packages.prepare();
  const required = new Map(paths.map((path) => [path, verifyPackages(packages, path)]));
  files.help();
  const checked = new Map([[HOST, await host]]);
  for (const node of pending) checked.set(node.path, await node.checked);
  for (const [path, { failure }] of checked) {
    if (failure === undefined) continue;
    packages.fail(path, failure);
    required.set(path, verifyPackages(packages, path));
  }
  const hostFailure = packages.failures.get(HOST);
  const planned = pending.flatMap((node) => node.planned ?? []);
  const access = planned.map((node) => node.access);
  const found = withoutRepetition([
    ...refusal,
    ...hostFailure === undefined ? [] : findingsOf("V-REQUIRES", HOST, hostFailure),
    ...pending.flatMap(({ path, findings }) => [...findings, ...checked.get(path)!.links]),
    ...nodes.flatMap((node) => "error" in node ? [] : trustOf(node, Deno.uid() ?? 0, policy?.owners)),
    ...findViolations(assertions, access),
    ...collisions(nodes),
    ...waiting(nodes),
    ...pending.flatMap((node) => node.launcher),
    ...paths.flatMap((path) => [...required.get(path)!, ...checked.get(path)!.files]),
  ]);
  const judged = applyBaseline(found, acceptances, new Date().toISOString().slice(0, 10));
  return {
    ...judged,
    image,
    facts,
    nodes,
    warnings,
    access,
    planned: new Map(planned.map((node) => [node.plan.node, node])),
    installed: new Map(
      request.contents !== true ? [] : paths.flatMap((path) => {
        const contents = packages.contentsOf(path);
        return contents === undefined ? [] : [[path, contents]];
      }),
    ),
    assertions,
    files: [...checked.values()].reduce((sum, { count }) => sum + count, 0),
  };
}

/** Without its policy, a device starts nothing. */
async function policyOf(
  root: string,
  facts: Facts,
): Promise<{ readonly policy: HostPolicy | undefined; readonly refusal: readonly Finding[] }> {
  try {
    return { policy: await loadHostPolicy(facts, machineOf(root)), refusal: [] };
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return { policy: undefined, refusal: findingsOf("V-POLICY", "/", error) };
  }
}

/** Rules of the command line, and of a file beside the image's source. */
function readAssertions({ assert, assertions }: ImageRequest): Assertion[] {
  return [
    ...assert === undefined ? [] : parseAssertions(assert, "--assert"),
    ...assertions === undefined ? [] : parseAssertions(readNamedText(assertions), assertions),
  ];
}

function readBaseline({ baseline }: ImageRequest): Acceptance[] {
  return baseline === undefined ? [] : parseBaseline(readNamedText(baseline), baseline);
}

function trustOf(node: Extract<ImageNode, { family: unknown }>, uid: number, owners: Owners | undefined): Finding[] {
  return checkTrust([node.family[0]], uid, owners).map((problem) => finding("V-TRUST", node.path, problem));
}

function collisions(nodes: readonly ImageNode[]): Finding[] {
  const loaded = nodes.flatMap((node) => "family" in node ? [node.family[0]] : []);
  const ids = [...findSharedIds(loaded)].map(([node, problem]) => finding("V-COLLISION", node.path, problem));
  const byAlias = Map.groupBy(loaded, ({ normal }) => normal.config.headers.alias);
  const aliases = [...byAlias].flatMap(([alias, [first, ...others]]) =>
    others.map((other) =>
      finding("V-COLLISION", other.path, {
        code: "E_VERIFY_ALIAS",
        message: `Cannot tell ${quote(other.path)} and ${quote(first!.path)} apart: both have the alias ${
          quote(alias)
        }`,
        where: other.normal.locate(["headers", "alias"]),
        hints: ["give each node an alias of its own"],
      })
    )
  );
  return [...ids, ...aliases];
}

function waiting(nodes: readonly ImageNode[]): Finding[] {
  const { problems } = bootOrder(nodes.flatMap((node) => "family" in node ? [node.family[0]] : []));
  return [...problems].flatMap(([{ path }, found]) => found.map((problem) => finding("V-ORDER", path, problem)));
}

/** What a node has from an ancestor is said of the ancestor, once. */
function withoutRepetition(findings: readonly Finding[]): Finding[] {
  const known = new Set<string>();
  return findings.filter(({ check, message, where }) => {
    // What lies above several nodes is the same for all of them.
    if (where === undefined && check !== "V-TRUST") return true;
    const key = `${check} ${where === undefined ? "" : formatPosition(where)} ${message}`;
    return !known.has(key) && known.add(key) !== undefined;
  });
}
