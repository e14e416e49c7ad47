import { PRIVATE } from "../config/merge_exports.ts";
import type { ConfigFile, Family } from "../config/node.ts";

/**
 * A family as its leaf's children see it: without the leaf's private exports, be it what they show or what they hide.
 * Everything keeps its place in the files.
 */
export function toHeritage([leaf, ...ancestors]: Family): Family {
  const { normal, admin } = leaf;
  return [{ ...leaf, normal: withoutPrivate(normal), admin: admin && withoutPrivate(admin) }, ...ancestors];
}

function withoutPrivate(file: ConfigFile): ConfigFile {
  const { config, locate, written } = file;
  const shared = [...(config.exports ?? []).entries()].filter(([, { mode }]) => !PRIVATE.includes(mode));
  if (shared.length === (config.exports ?? []).length) return file;
  const inFile = ([list, index, ...rest]: readonly PropertyKey[]) => {
    const place = list === "exports" && typeof index === "number" ? shared[index]?.[0] : index;
    return [list, place, ...rest].filter((key) => key !== undefined);
  };
  return {
    ...file,
    config: { ...config, exports: shared.map(([, entry]) => entry) },
    locate: (path) => locate(inFile(path)),
    written: (path) => written(inFile(path)),
  };
}
