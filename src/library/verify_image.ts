import configuration from "../../deno.json" with { type: "json" };
import { graphOf } from "../cli/graph_data.ts";
import { type ImageRequest, type VerifiedImage, verifyImage as verify } from "../cli/verify_image.ts";
import type { Problem } from "../core/error.ts";
import type { NodeAccess } from "../proof/assertion/node_access.ts";
import type { AcceptedFinding } from "../proof/verify/baseline.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { realDirectory } from "../store/node_path.ts";
import { graphToHtml } from "../view/graph/html.ts";
import { graphToSvg } from "../view/graph/svg.ts";
import { isolationReport } from "../view/isolation_report.ts";
import { junitReport } from "../view/junit_report.ts";
import { sarifReport } from "../view/sarif_report.ts";
import type { ImageOptions } from "./load_image.ts";

/** What is to be proven of an image beside what is proven of all. */
export interface VerifyOptions extends ImageOptions {
  /** A rule of the project, such as `no node but ota may write /data/boot` (`redpak help assertions`). */
  readonly assertion?: string | undefined;
  /** Path of a file of such rules, one in each line. */
  readonly assertions?: string | undefined;
  /** Path of a file of findings that are accepted for a time (`redpak help baseline`). */
  readonly baseline?: string | undefined;
}

/** What was found out about an image. */
export interface Verification {
  /** The directory that is `/` on the device, without symbolic links. */
  readonly root: string;
  /** Whether there are no findings but accepted ones. */
  readonly proven: boolean;
  /** Directories of the nodes on the device, parents before their children. */
  readonly nodes: readonly string[];
  /** What keeps the image from being proven. */
  readonly findings: readonly Finding[];
  /** Findings that the baseline accepts. */
  readonly accepted: readonly AcceptedFinding[];
  /** What each node can read, write, execute and reach; of those whose configuration can be launched. */
  readonly access: readonly NodeAccess[];
  /** Directories that could not be looked into: there may be more nodes. */
  readonly warnings: readonly Problem[];
  /** The findings as SARIF 2.1.0, for code hosts and editors. */
  toSarif(): string;
  /** The findings as JUnit's XML: each check of each node is a test. */
  toJUnit(): string;
  /** What each node can do, as a table for people. */
  toIsolationReport(): string;
  /** A page with the nodes, their mounts, packages and findings, as `redpak graph` draws it: it loads nothing. */
  toHtml(): Promise<string>;
  /** The tree of nodes as one picture. */
  toSvg(): string;
}

/**
 * Proves a root file system before it is flashed, as `redpak verify`: nothing is executed or changed. It takes the
 * libraries librpm and libsolv, and so the permission `ffi`.
 *
 * @param directory what is `/` on the device: an unpacked image, a sysroot, or `/`
 * @throws {RedpakError} where it is no directory, `E_ASSERTION` or `E_BASELINE` for a line that cannot be understood,
 * `E_LIBRARY…` where a library is missing. What is wrong with the image is a finding
 */
export async function verifyImage(directory: string, options: VerifyOptions = {}): Promise<Verification> {
  const root = realDirectory(directory);
  return verification(root, await verify(root, requestOf(options)));
}

function requestOf({ admin = false, architecture, assertion, assertions, baseline }: VerifyOptions): ImageRequest {
  return { admin, arch: architecture, assert: assertion, assertions, baseline, contents: true };
}

function verification(root: string, image: VerifiedImage): Verification {
  const { left: findings, accepted, access, warnings } = image;
  const nodes = image.nodes.map(({ path }) => path);
  const graph = () => graphOf(image, { root, node: null, live: undefined });
  return {
    root,
    proven: findings.length === 0,
    ...{ nodes, findings, accepted, access, warnings },
    toSarif: () => sarifReport(findings, root),
    toJUnit: () => junitReport(findings, nodes),
    toIsolationReport: () => isolationReport(access),
    toHtml: () => graphToHtml(graph(), configuration.version),
    toSvg: () => graphToSvg(graph()),
  };
}
