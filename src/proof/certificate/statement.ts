import { isWithin } from "../../core/path.ts";
import type { Finding } from "../verify/finding.ts";
import { refusal } from "./envelope.ts";

/** What was proven over what: an in-toto Statement v1, so that tools for supply chains can carry and check it. */
export interface Statement {
  readonly _type: typeof STATEMENT;
  readonly subject: readonly Subject[];
  readonly predicateType: typeof PREDICATE;
  readonly predicate: Proof;
}

export const STATEMENT = "https://in-toto.io/Statement/v1";
export const PREDICATE = "urn:redpak:proof:v1";
export const PAYLOAD = "application/vnd.in-toto+json";

/** A file by its path on the device. */
export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

export interface Proof {
  /** Version of redpak. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly architecture: string;
  /** With the admin configurations. */
  readonly admin: boolean;
  /** Ids of the checks. */
  readonly checks: readonly string[];
  /** The project's own rules. */
  readonly rules: readonly string[];
  readonly nodes: readonly CertifiedNode[];
  /** Findings that were accepted, with the reason and the last day. */
  readonly accepted: readonly {
    readonly check: string;
    readonly node: string;
    readonly reason: string;
    readonly until: string;
  }[];
}

export interface CertifiedNode {
  readonly path: string;
  readonly alias: string;
  readonly ids: number;
  /** The packages of the host are part of what was proven of it. */
  readonly onHost?: boolean;
}

export function statementOf(subject: readonly Subject[], predicate: Proof): Statement {
  return { _type: STATEMENT, subject, predicateType: PREDICATE, predicate };
}

/** @throws {RedpakError} `E_CERTIFICATE` for what is no such statement */
export function readStatement(text: string): Statement {
  let value: Statement;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusal("it is no statement");
  }
  if (value?._type !== STATEMENT || value.predicateType !== PREDICATE) throw refusal("it is about something else");
  const isSubject = ({ name, digest }: Subject) => typeof name === "string" && typeof digest?.sha256 === "string";
  const isNode = ({ path, ids }: Proof["nodes"][number]) => typeof path === "string" && typeof ids === "number";
  if (!Array.isArray(value.subject) || !value.subject.every(isSubject)) throw refusal("it names no files");
  const { nodes, admin, architecture } = value.predicate ?? {};
  if (!Array.isArray(nodes) || !nodes.every(isNode)) throw refusal("it names no nodes");
  if (typeof admin !== "boolean" || typeof architecture !== "string") throw refusal("it does not say what was proven");
  return value;
}

/** What is on the device now, as `statementOf` has had it. */
export interface Present {
  readonly subject: readonly Subject[];
  readonly nodes: Proof["nodes"];
}

/** What is not as it was when it was proven. */
export function findDifferences({ subject, predicate }: Statement, present: Present): Finding[] {
  const proven = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  const now = new Map(present.subject.map(({ name, digest }) => [name, digest.sha256]));
  const names = [...new Set([...proven.keys(), ...now.keys()])].sort();
  const files = names.flatMap((name): Finding[] => {
    const [before, after] = [proven.get(name), now.get(name)];
    if (before === after) return [];
    const what = before === undefined ? "was not there" : after === undefined ? "is gone" : "has another content";
    return [difference(nodeOf(name, predicate.nodes), `File "${name}" ${what}, since this was proven`, name)];
  });
  const nodes = predicate.nodes.flatMap((node): Finding[] => {
    const current = present.nodes.find(({ path }) => path === node.path);
    if (current === undefined) return [difference(node.path, `Node "${node.path}" is gone, since this was proven`)];
    return current.ids === node.ids
      ? []
      : [difference(node.path, `Node "${node.path}" has other ids than were proven`)];
  });
  const added = present.nodes.filter(({ path }) => !predicate.nodes.some((node) => node.path === path));
  return [
    ...files,
    ...nodes,
    ...added.map(({ path }) => difference(path, `Node "${path}" was not there when this was proven`)),
  ];
}

/**
 * What a statement says of a node and its ancestors, and of what is of no node.
 *
 * @param path directory of the node
 * @param counts whether a file of no node counts
 */
export function aboutNode(statement: Statement, path: string, counts: (name: string) => boolean): Statement {
  const nodes = statement.predicate.nodes;
  return {
    ...statement,
    subject: statement.subject.filter(({ name }) => {
      const owner = nodeOf(name, nodes);
      return owner === "/" ? counts(name) : isWithin(path, owner);
    }),
    predicate: { ...statement.predicate, nodes: nodes.filter((node) => isWithin(path, node.path)) },
  };
}

function nodeOf(name: string, nodes: Proof["nodes"]): string {
  const above = nodes.filter(({ path }) => name.startsWith(`${path}/`)).sort((a, b) => b.path.length - a.path.length);
  return above[0]?.path ?? "/";
}

function difference(node: string, message: string, path?: string): Finding {
  return {
    check: "V-CERTIFICATE",
    severity: "error",
    node,
    ...path === undefined ? {} : { path },
    code: "E_VERIFY_CERTIFICATE",
    message,
    hints: ["prove it anew: redpak certify"],
  };
}
