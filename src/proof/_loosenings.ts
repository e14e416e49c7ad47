/** Families of two nodes, and what of the child's is looser than its parent lets it be. */
import { FACTS, makeFamily } from "../config/_fixtures.ts";
import type { CommandOutputs } from "../config/facts.ts";
import type { Config, Export } from "../config/schema.ts";
import type { Problem } from "../core/error.ts";
import { findLoosenings } from "./find_loosenings.ts";

export type Files = Omit<Config, "headers">;
export type Keys = NonNullable<Config["config"]>;

export const OPTIONS = { admin: false, facts: FACTS };

/** `at` is `file:line:column` of the child's value. */
export function short(problems: readonly Problem[]): string[][] {
  return problems.map(({ code, message, where, hints = [] }) => [
    code,
    message,
    `${where?.file}:${where?.line}:${where?.column}`,
    ...hints,
  ]);
}

export function find(
  child: Files,
  parent: Files,
  options: { uid?: number; outputs?: CommandOutputs } = {},
): string[][] {
  const family = makeFamily({ path: "/p/c", normal: child }, { path: "/p", normal: parent });
  const { uid = FACTS.uid, outputs } = options;
  return short(findLoosenings(family, {
    admin: false,
    facts: { ...FACTS, uid, gid: uid === 0 ? 0 : FACTS.gid },
    ...outputs === undefined ? {} : { outputs },
  }));
}

export const keys = (child: Keys, parent: Keys, options = {}) => find({ config: child }, { config: parent }, options);
export const exported = (child: readonly Export[], parent: readonly Export[], options = {}) =>
  find({ exports: [...child] }, { exports: [...parent] }, options);
export const drop = (cap: string) => ({ cap, add: false });
export const add = (cap: string) => ({ cap, add: true });

export const PARENT = "/p/etc/redpak.yaml";
export const CHILD = "/p/c/etc/redpak.yaml";
