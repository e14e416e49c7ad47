import type { LaunchBasis } from "../config/launch_basis.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { aboutNode, findDifferences, type Statement } from "../proof/certificate/statement.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { DirectoryImage } from "../store/directory_image.ts";
import { POLICY_FILE } from "../store/load_policy.ts";
import { ADMIN_FILES } from "../store/node_files.ts";
import { readNamedText } from "../store/read_file.ts";
import { readRootFile } from "../store/read_root_file.ts";
import { DATABASES, HOST_DATABASES, openCertificate, readCertificate, subjectsIn } from "./certificate.ts";

/** A certificate that a launch has to be covered by, and whose signature of it counts: names of files. */
export interface CertificateDemand {
  readonly file: string;
  readonly publicKey: string;
  /** Asked for by the host policy: who launches has no say in what the key is. */
  readonly byPolicy?: boolean;
}

/** A launch that is to be covered. */
export interface LaunchedNode {
  /** Directory of the node. */
  readonly node: string;
  readonly admin: boolean;
  /** The configurations as they were read for it, so that nobody can put others in their place afterwards. */
  readonly basis: LaunchBasis;
}

/**
 * Refuses a launch of anything but what was certified.
 *
 * @throws {RedpakError} `E_NOT_CERTIFIED` with one problem for each difference
 */
export async function holdToCertificate(launched: LaunchedNode, demand: CertificateDemand): Promise<void> {
  const problems = await findUncertified(launched, await statementOf(demand, launched.node));
  if (problems.length === 0) return;
  throw new RedpakError({
    code: "E_NOT_CERTIFIED",
    exit: EXIT.configuration,
    message: `Cannot launch ${quote(launched.node)}: it is not what was certified`,
    hints: [`redpak verify / --certificate ${demand.file} --public-key ${demand.publicKey} compares all nodes`],
    problems,
  });
}

async function statementOf({ file, publicKey, byPolicy }: CertificateDemand, node: string): Promise<Statement> {
  try {
    if (byPolicy !== true) return await readCertificate(file, publicKey);
    const key = readRootFile(publicKey, "E_POLICY_NOT_TRUSTED");
    return await openCertificate(readNamedText(file), key && new TextDecoder().decode(key.bytes), publicKey);
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    throw new RedpakError({
      code: "E_NOT_CERTIFIED",
      exit: EXIT.configuration,
      message: `Cannot launch ${quote(node)} without its certificate: ${error.message}`,
      hints: error.hints,
      cause: error,
    });
  }
}

/**
 * What is not certified of a launch: how it is done, the configurations that it follows from, and the host policy and the
 * packages as they are now. Of everything else nothing is looked at.
 */
export async function findUncertified(
  { node, admin, basis }: LaunchedNode,
  statement: Statement,
): Promise<readonly Finding[]> {
  const read = basis.files.map(({ name, sha256 }) => ({ name, digest: { sha256 } }));
  const names = new Set(read.map(({ name }) => name));
  const isOnHost = statement.predicate.nodes.some(({ path, onHost }) => path === node && onHost === true);
  const host = isOnHost ? HOST_DATABASES : [];
  const others = [
    POLICY_FILE,
    ...host,
    ...basis.nodes.flatMap(({ path }) => DATABASES.map((name) => `${path}/${name}`)),
  ];
  const present = {
    // A few files: less than it takes to bind the system calls that would read them.
    subject: [...read, ...await subjectsIn(new DirectoryImage("/"), others)],
    nodes: basis.nodes,
  };
  const about = aboutNode(statement, node, (name) => name === POLICY_FILE || host.includes(name) || names.has(name));
  // What a launch does not read does not decide about it, and may be readable for root only.
  const isRead = (name: string) => admin || !ADMIN_FILES.some((file) => name.endsWith(`/${file}`));
  const subject = about.subject.filter(({ name }) => isRead(name));
  const reasons = mannerFaults(statement, admin, basis);
  return [
    ...reasons.map((reason): Finding => ({
      check: "V-CERTIFICATE",
      severity: "error",
      node,
      code: "E_VERIFY_CERTIFICATE",
      message: `Node ${quote(node)} is not as certified: ${reason}`,
      hints: ["redpak run, without --compat, launches as was proven; with --admin where the certificate was made so"],
    })),
    ...findDifferences({ ...about, subject }, present),
  ];
}

function mannerFaults({ predicate }: Statement, admin: boolean, { altered }: LaunchBasis): string[] {
  const [proven, launched] = predicate.admin ? ["with", "without"] : ["without", "with"];
  const { arch } = Deno.build;
  return [
    ...predicate.admin === admin
      ? []
      : [`it was proven ${proven} the admin configurations, and is launched ${launched} them`],
    ...predicate.architecture === arch
      ? []
      : [`it was proven for ${predicate.architecture}, and this machine is ${arch}`],
    ...altered ? ["it is launched in the way of redpak 2.5, which is not what was proven"] : [],
  ];
}
