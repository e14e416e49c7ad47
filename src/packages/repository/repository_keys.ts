import { type PublicKey, readPublicKeys } from "../../../ffi/librpm/openpgp.ts";
import { RpmError } from "../../../ffi/librpm/rpm_error.ts";
import type { Family } from "../../config/node.ts";
import { type Position, RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { quote } from "../../core/quote.ts";
import type { Trust } from "../../store/trust.ts";
import { pathOf } from "../download/file_transport.ts";
import type { Repository } from "./repository.ts";
import { TrustedReader } from "./trusted_file.ts";

/** Where a node has the keys that its packages may be signed with. */
export const KEY_DIRECTORY = "etc/pki/rpm-gpg";

/** A key, and the file that has it. */
export interface NodeKey extends PublicKey {
  readonly file: string;
  /** Path of the node whose file it is; absent for one of the host. */
  readonly node: string | undefined;
}

/**
 * The keys of a node: those in files of its key directory, then those of its ancestors.
 *
 * @throws {RedpakError} `E_KEY` where a file is none; `E_NOT_TRUSTED`
 */
export function loadKeys(family: Family, trust: Trust): NodeKey[] {
  const reader = new TrustedReader(trust);
  const keys = family.flatMap(({ path: node }) => {
    const directory = `${node}/${KEY_DIRECTORY}`;
    return reader.list(directory, node).filter((name) => !name.startsWith(".")).flatMap((name) => {
      const file = reader.read(`${directory}/${name}`, node);
      return file === undefined ? [] : readKeyFile(file.bytes, file.path, node);
    });
  });
  refuse(reader);
  return keys;
}

/**
 * The keys that may sign what a repository has: those that its `gpgkey` names, where it names files; otherwise all keys
 * of the node that it is used in. Addresses of servers are where a key could be had, not keys that somebody has looked at.
 *
 * A path is one of the node that defines the repository, or of its ancestors, or of the host.
 *
 * @throws {RedpakError} as `loadKeys`; `E_KEY_NOT_FOUND`
 */
export function keysOf(repository: Repository, family: Family, trust: Trust): NodeKey[] {
  const files = repository.gpgKeys.filter(({ value }) => value.startsWith("file:"));
  if (files.length === 0) return loadKeys(family, trust);
  const reader = new TrustedReader(trust);
  const from = family.findIndex(({ path }) => path === repository.node);
  const keys = files.flatMap(({ value, where }) => {
    const path = pathOf(value);
    for (const { path: node } of family.slice(from)) {
      const file = reader.read(`${node}${path}`, node);
      if (file !== undefined) return readKeyFile(file.bytes, file.path, node);
    }
    const file = reader.read(path, "/");
    if (file === undefined) throw notFound(path, where, repository);
    return readKeyFile(file.bytes, file.path, undefined);
  });
  refuse(reader);
  return keys;
}

/** @throws {RedpakError} `E_KEY` */
export function readKeyFile(bytes: Uint8Array, file: string, node: string | undefined): NodeKey[] {
  try {
    return readPublicKeys(new TextDecoder().decode(bytes)).map((key) => ({ ...key, file, node }));
  } catch (error) {
    if (!(error instanceof RpmError)) throw error;
    throw new RedpakError({
      code: "E_KEY",
      exit: EXIT.configuration,
      message: `Cannot read keys from "${file}": ${error.message}`,
      hints: ["gpg --export --armor writes a key as it has to be"],
      cause: error,
    });
  }
}

function notFound(path: string, where: Position, { id, node }: Repository): RedpakError {
  return new RedpakError({
    code: "E_KEY_NOT_FOUND",
    exit: EXIT.configuration,
    message: `Cannot check repository ${
      quote(id)
    }: its key "${path}" is neither in its node, nor in an ancestor, nor on the host`,
    where,
    hints: [`redpak keys add ${node} FILE puts a key there`],
  });
}

function refuse(reader: TrustedReader): void {
  const [first] = reader.problems;
  if (first !== undefined) throw new RedpakError({ ...first, exit: EXIT.configuration, problems: reader.problems });
}
