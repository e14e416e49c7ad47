import { didYouMean } from "../core/did_you_mean.ts";
import { type Explanation, type Said, type Statement, toStatement, weigh } from "./explanation.ts";
import { locateLimit } from "./merge_cgroups.ts";
import { type Visit, visitNodes, visitParts } from "./merge_visit.ts";
import type { MergedConfig, MergedSharing } from "./merged.ts";
import { CGROUP_KEYS } from "./merged_document.ts";
import type { Family } from "./node.ts";
import { SERVICE_KEYS } from "./service_schema.ts";
import { type Cgroups, SCALAR_KEYS, type ScalarKey, type Sharing } from "./schema.ts";

/** What can be asked about, beside paths. */
export interface Question {
  readonly family: Family;
  /** Of the family, with texts expanded. */
  readonly merged: MergedConfig;
}

const SHARES: readonly (keyof MergedSharing)[] = ["user", "cgroup", "net", "pid", "ipc", "time"];
const SEARCH_PATHS = ["path", "ldpath"] as const;
const LIMITS = Object.entries(CGROUP_KEYS).flatMap(([name, fields]) => fields.map((field) => `${name}.${field}`));

/** Keys of `config`, capabilities aside. */
export const EXPLAINABLE_KEYS: readonly string[] = [
  ...SCALAR_KEYS,
  ...SHARES.map((name) => `share_${name}`),
  ...SEARCH_PATHS,
  ...SERVICE_KEYS,
  ...LIMITS.map((name) => `cgroups.${name}`),
];

/**
 * What a key of the configuration comes to in a family, and everything that its files say about it: a key of `config`
 * (with or without `config.`), a device (`devices./dev/…`), a capability (`CAP_…`), or else a variable (with or without `environ.`).
 *
 * @returns the name that was probably meant, where it is none of these
 */
export function explainKey(key: string, { family, merged }: Question): Explanation | { readonly meant?: string } {
  const name = key.replace(/^config\./, "");
  if (isOneOf(SCALAR_KEYS, name)) return explainScalar(name, family, merged);
  if (isOneOf(SEARCH_PATHS, name)) return explainSearchPath(name, family, merged);
  if (isOneOf(SERVICE_KEYS, name)) return explainService(name, family, merged);
  const share = SHARES.find((share) => name === `share_${share}`);
  if (share !== undefined) return explainSharing(share, family, merged);
  const limit = LIMITS.find((limit) => name === `cgroups.${limit}`);
  if (limit !== undefined) return explainLimit(limit, merged);
  if (name.startsWith("devices.")) return explainDevice(name.slice("devices.".length), family, merged);
  const capability = name.replace(/^capabilities\./, "");
  if (/^(?:CAP_\w+|ALL)$/i.test(capability)) return explainCapability(capability.toUpperCase(), family, merged);
  const variable = explainVariable(key.replace(/^environ\./, ""), family, merged);
  if (variable.statements.length > 0 || key.startsWith("environ.") || /^[A-Z_][A-Z0-9_]*$/.test(key)) return variable;
  const meant = didYouMean(name, [...EXPLAINABLE_KEYS, ...merged.environ.map(({ value }) => value.key)]);
  return meant === undefined ? {} : { meant };
}

function explainScalar(key: ScalarKey, family: Family, merged: MergedConfig): Explanation {
  const said = visitParts(family, merged.admin).flatMap((visit) => sayKey(visit, key));
  const value = merged.scalars[key]?.value;
  return {
    subject: `config.${key}`,
    value: value === undefined ? null : String(value),
    statements: weigh(said, merged.scalars[key]),
  };
}

function explainSharing(name: keyof MergedSharing, family: Family, merged: MergedConfig): Explanation {
  const visits = visitNodes(family, merged.admin);
  const winner = merged.sharing[name];
  const own = visits.flatMap((visit) => sayKey(visit, `share_${name}`));
  const all = name === "time" ? [] : visits.flatMap((visit) => sayKey(visit, "share_all"));
  const byAll = winner !== undefined && weigh(own, winner).every(({ counts }) => !counts);
  const other = (one: Said) => toStatement(one, false, `share_${name} is said itself`);
  return {
    subject: `config.share_${name}`,
    value: winner === undefined ? null : sharingText(winner.value),
    statements: [...weigh(own, byAll ? undefined : winner), ...byAll ? weigh(all, winner) : all.map(other)],
  };
}

function explainSearchPath(key: "path" | "ldpath", family: Family, merged: MergedConfig): Explanation {
  const said = visitNodes(family, merged.admin).flatMap((visit) => sayKey(visit, key));
  return {
    subject: `config.${key}`,
    value: merged[key].length === 0 ? null : merged[key].map(({ value }) => value).join(":"),
    statements: said.map((one, index) => toStatement(one, true, index === 0 ? "comes first" : "follows")),
  };
}

/** Each node's is about its own program. */
function explainService(key: (typeof SERVICE_KEYS)[number], family: Family, merged: MergedConfig): Explanation {
  const said = visitParts(family, merged.admin).flatMap((visit) => sayKey(visit, key));
  const own = said.find(({ node }) => node === merged.leaf);
  return {
    subject: `config.${key}`,
    value: own?.says.slice(`${key}: `.length) ?? null,
    statements: said.map((one) => {
      if (one.node !== merged.leaf) return toStatement(one, false, `it is about the program of ${one.node.path} alone`);
      return toStatement(one, one === own, one === own ? "the node's own" : "the admin file says it");
    }),
  };
}

/** Levels are not merged: each bounds its own node and all below it. */
function explainLimit(name: string, merged: MergedConfig): Explanation {
  const [controller = "", field = ""] = name.split(".");
  const levels = merged.cgroups.flatMap((level) => {
    const fields: Readonly<Record<string, string | undefined>> = level.value[controller as keyof Cgroups] ?? {};
    const value = fields[field];
    if (value === undefined) return [];
    return [{ node: level.node, ...locateLimit(level, controller as keyof Cgroups, field), says: value }];
  });
  const own = levels.find(({ node }) => node === merged.leaf);
  return {
    subject: `config.cgroups.${name}`,
    value: own?.says ?? null,
    statements: levels.map((level) => {
      return toStatement(level, true, level === own ? "the node's own limit" : "bounds all nodes in it together");
    }),
  };
}

function explainCapability(name: string, family: Family, merged: MergedConfig): Explanation {
  const entry = (cap: string) => merged.capabilities.find(({ value }) => value.cap === cap);
  const winner = entry(name) ?? entry("ALL");
  const said = [name, "ALL"].filter((cap, at, caps) => caps.indexOf(cap) === at).flatMap((cap) => {
    const statements = visitNodes(family, merged.admin).flatMap((visit) => sayCapability(visit, cap));
    if (winner?.value.cap === cap) return weigh(statements, winner);
    return statements.map((one) => toStatement(one, false, `${name} is said by name`));
  });
  return {
    subject: `config.capabilities.${name}`,
    value: winner === undefined ? null : winner.value.add ? "added" : "dropped",
    statements: said,
  };
}

/** @param path of the device on the host */
export function explainDevice(path: string, family: Family, merged: MergedConfig): Explanation {
  const winner = merged.devices.find(({ value }) => value.path === path);
  const said = visitNodes(family, merged.admin).flatMap((visit) => sayDevice(visit, path));
  return { subject: `config.devices.${path}`, value: winner?.value.access ?? null, statements: weigh(said, winner) };
}

/** The search paths are variables, too, and set last. */
const VARIABLES: Readonly<Record<string, "path" | "ldpath">> = { PATH: "path", LD_LIBRARY_PATH: "ldpath" };

function explainVariable(name: string, family: Family, merged: MergedConfig): Explanation {
  const winner = merged.environ.find(({ value }) => value.key === name);
  const said = weigh(visitNodes(family, merged.admin).flatMap((visit) => sayVariable(visit, name)), winner);
  const key = VARIABLES[name];
  const search = key === undefined ? undefined : explainSearchPath(key, family, merged);
  if (search === undefined || search.value === null) {
    return { subject: `environ.${name}`, value: winner?.value.value ?? null, statements: said };
  }
  const replaced = said.map((one): Statement => ({ ...one, counts: false, because: `config.${key} is set after it` }));
  return { subject: `environ.${name}`, value: search.value, statements: [...search.statements, ...replaced] };
}

function sayKey({ node, part, file }: Visit, key: string): Said[] {
  const value = (file.config.config as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (value === undefined || value === "Unset" || value === "unset") return [];
  const text = key.startsWith("share_") ? sharingText(value as Sharing) : plainText(value);
  return [{ node, part, where: file.locate(["config", key]), says: `${key}: ${text}` }];
}

function sayCapability({ node, part, file }: Visit, name: string): Said[] {
  return [...(file.config.config?.capabilities ?? []).entries()].flatMap(([index, { cap, add }]) =>
    cap.toUpperCase() === name
      ? [{ node, part, where: file.locate(["config", "capabilities", index]), says: `${cap}: ${add ? "add" : "drop"}` }]
      : []
  );
}

function sayDevice({ node, part, file }: Visit, path: string): Said[] {
  return [...(file.config.config?.devices ?? []).entries()].flatMap(([index, device]) =>
    device.path === path
      ? [{ node, part, where: file.locate(["config", "devices", index]), says: `${path}: ${device.access}` }]
      : []
  );
}

function sayVariable({ node, part, file }: Visit, name: string): Said[] {
  return [...(file.config.environ ?? []).entries()].flatMap(([index, { key, mode, value }]) =>
    key === name
      ? [{
        node,
        part,
        where: file.locate(["environ", index]),
        says: value === undefined ? mode : `${mode} ${value}`,
      }]
      : []
  );
}

/** Lists by their items, and of a mapping the values by their keys. */
function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).map(([key, item]) => `${key} ${item}`).join(" ");
}

function sharingText(value: Sharing): string {
  return typeof value === "string" ? value : value.join;
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
