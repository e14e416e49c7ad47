import { idBase } from "../config/id_range.ts";
import { standsOnHost } from "../config/stands_on_host.ts";
import { usage } from "./split_words.ts";
import { type Image, resolveInImage } from "../core/image.ts";
import { sha256 } from "../core/sha256.ts";
import { open } from "../proof/certificate/envelope.ts";
import { readVerifyingKey } from "../proof/certificate/keys.ts";
import {
  findDifferences,
  PAYLOAD,
  type Present,
  readStatement,
  type Statement,
  type Subject,
} from "../proof/certificate/statement.ts";
import { applyBaseline, parseBaseline } from "../proof/verify/baseline.ts";
import type { Finding } from "../proof/verify/finding.ts";
import { POLICY_FILE } from "../store/load_policy.ts";
import { PROFILE_DIRECTORY } from "../store/load_profile.ts";
import { ADMIN_FILES, NORMAL_FILES } from "../store/node_files.ts";
import { readNamedText } from "../store/read_file.ts";
import { LAUNCHER } from "./sealed_launcher.ts";
import { KernelImage } from "./kernel_image.ts";
import { type ImageNode, imageNodes } from "./image_nodes.ts";

const JOURNAL = "rpmdb.sqlite-wal";

/**
 * The package databases that redpak and rpm use. What is in the journal of SQLite counts like what is in its database; what
 * rpm keeps beside them otherwise has nothing that counts.
 */
export const DATABASES = ["rpmdb.sqlite", JOURNAL, "Packages.db", "Packages"].flatMap((name) => [
  `usr/lib/sysimage/rpm/${name}`,
  `var/lib/rpm/${name}`,
]);

/** Those of the host, for nodes that stand on it. */
export const HOST_DATABASES = DATABASES.map((name) => `/${name}`);

/** Everything that a certificate is about, as it is now. */
export async function presentIn(image: Image, nodes: readonly ImageNode[]): Promise<Present> {
  const files = [
    POLICY_FILE,
    ...filesIn(image, PROFILE_DIRECTORY),
    ...nodes.flatMap(({ path }) =>
      [...NORMAL_FILES, ...ADMIN_FILES, ...DATABASES, LAUNCHER].map((name) => `${path}/${name}`)
    ),
    ...nodes.some((node) => "family" in node && standsOnHost(node.family)) ? HOST_DATABASES : [],
  ];
  const subject = await subjectsIn(image, files);
  return {
    subject,
    nodes: nodes.flatMap((node) => {
      if ("error" in node) return [{ path: node.path, alias: "", ids: 0 }];
      const [leaf] = node.family;
      const onHost = standsOnHost(node.family);
      return [{ path: node.path, alias: leaf.normal.config.headers.alias, ids: idBase(leaf), onHost }];
    }),
  };
}

/** Those of some files that are there, as they are now. */
export async function subjectsIn(image: Image, names: readonly string[]): Promise<Subject[]> {
  const subject: Subject[] = [];
  const digests = new Map<string, string>();
  for (const name of names) {
    const found = resolveInImage(image, name);
    if (found?.entry.kind !== "file" || found.entry.size === 0 && name.endsWith(JOURNAL)) continue;
    // By whatever names: a configuration that is a link counts as well, and a database with two is read once.
    const digest = digests.get(found.path) ?? await sha256(image.read(found.path, 0, found.entry.size));
    digests.set(found.path, digest);
    subject.push({ name, digest: { sha256: digest } });
  }
  return subject;
}

function filesIn(image: Image, directory: string): string[] {
  const found = resolveInImage(image, directory);
  return found?.entry.kind === "directory" ? [...image.list(found.path)].map((name) => `${found.path}/${name}`) : [];
}

/** What a certificate says, where it is signed by a key. @throws {RedpakError} `E_CERTIFICATE`, `E_KEY`, `E_NOT_FOUND` */
export async function readCertificate(file: string, publicKey: string): Promise<Statement> {
  return await openCertificate(readNamedText(file), readNamedText(publicKey), publicKey);
}

/** As `readCertificate`, of texts. @param name of the key's file */
export async function openCertificate(certificate: string, key: string | undefined, name: string): Promise<Statement> {
  return readStatement(await open(certificate, PAYLOAD, await readVerifyingKey(key ?? "", name)));
}

/** What an image is compared with. */
export interface Comparison {
  readonly certificate?: string | undefined;
  readonly "public-key"?: string | undefined;
  readonly admin: boolean;
  /** Whether the files of nodes are compared with the databases, which are certified, as well. */
  readonly files?: boolean;
  /** The name of a file of findings of those that are accepted. */
  readonly baseline?: string | undefined;
}

/**
 * Compares an image with what was certified of it.
 *
 * @throws {RedpakError} `E_CERTIFICATE` where it is not signed by the key
 */
export async function findCertificateFaults(
  root: string,
  { certificate, "public-key": publicKey, admin, files, baseline }: Comparison,
): Promise<{ readonly findings: readonly Finding[]; readonly statement: Statement }> {
  if (certificate === undefined || publicKey === undefined) {
    throw usage("Cannot compare with a certificate: --public-key says whose signature counts");
  }
  const statement = await readCertificate(certificate, publicKey);
  const { nodes } = await imageNodes(root, { admin });
  using image = new KernelImage(root);
  const findings = findDifferences(statement, await presentIn(image, nodes));
  if (files !== true) return { findings, statement };
  const { verifyAllFiles } = await import("./verify_all_files.ts");
  const acceptances = baseline === undefined ? [] : parseBaseline(readNamedText(baseline), baseline);
  const found = await verifyAllFiles(root, nodes, statement.predicate.architecture);
  const { left } = applyBaseline(found, acceptances, new Date().toISOString().slice(0, 10));
  return { findings: [...findings, ...left], statement };
}
