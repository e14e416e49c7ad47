import type { ScalarKey, Scalars } from "../config/schema.ts";
import { setInFile } from "../config/set_in_file.ts";
import { formatPosition, type Problem } from "../core/error.ts";
import { allowedValue, type Comparison, type Effective, scalarPlace } from "./effective.ts";

/** A key with two sides, of which one confines. */
interface Setting<K extends ScalarKey> {
  readonly code: string;
  readonly confines: (value: Scalars[K]) => boolean;
  readonly tight: string;
  readonly loose: string;
}

/**
 * The switches that confine a node and that its program cannot turn itself: terminal input of the caller
 * (`new-session`), life after redpak (`die-with-parent`), the caller's environment (`inherit-env`), unsigned packages
 * (`gpgcheck`), exports that give power over the host (`unsafe`), execution of what is put into a tmpfs (`tmpfs-exec`).
 * Not among them: `umask`, which any program may change for itself; `map-root-user`, for the capabilities of uid 0 in a
 * user namespace of its own are bounded like everybody's; cgroups, whose nesting the kernel enforces.
 */
const SETTINGS: { readonly [K in ScalarKey]?: Setting<K> } = {
  "new-session": {
    code: "E_LOOSENED_NEW_SESSION",
    confines: (value) => value !== "Disabled",
    tight: "Enabled",
    loose: "Disabled",
  },
  "die-with-parent": {
    code: "E_LOOSENED_DIE_WITH_PARENT",
    confines: (value) => value === "Enabled",
    tight: "Enabled",
    loose: "Disabled",
  },
  "inherit-env": {
    code: "E_LOOSENED_INHERIT_ENV",
    confines: (value) => value !== true,
    tight: "false",
    loose: "true",
  },
  unsafe: {
    code: "E_LOOSENED_UNSAFE",
    confines: (value) => value !== true,
    tight: "false",
    loose: "true",
  },
  "tmpfs-exec": {
    code: "E_LOOSENED_TMPFS_EXEC",
    confines: (value) => value !== true,
    tight: "false",
    loose: "true",
  },
  gpgcheck: {
    code: "E_LOOSENED_GPGCHECK",
    confines: (value) => value === true,
    tight: "true",
    loose: "false",
  },
};

export function compareSettings(comparison: Comparison): Problem[] {
  return (Object.keys(SETTINGS) as ScalarKey[]).flatMap((key) => compareOne(key, comparison));
}

function compareOne<K extends ScalarKey>(key: K, comparison: Comparison): Problem[] {
  const { child, ancestor } = comparison;
  const setting: Setting<K> | undefined = SETTINGS[key];
  if (setting === undefined) return [];
  const confined = ({ merged }: Effective) => setting.confines(merged.scalars[key]?.value as Scalars[K]);
  if (confined(child) || !confined(ancestor)) return [];
  const source = child.merged.scalars[key];
  return [{
    code: setting.code,
    message: `Cannot set ${key} to ${setting.loose}: ${setting.tight} by ${formatPosition(scalarPlace(ancestor, key))}`,
    where: scalarPlace(child, key),
    limit: scalarPlace(ancestor, key),
    hints: [allowedValue(key, setting.tight, comparison)],
    fix: source && setInFile(source, ["config", key], setting.tight),
  }];
}
