import * as z from "zod/mini";
import { CONFINEMENT_SCALARS, makeConfinement, optionalSize } from "./confinement_schema.ts";
import { type Dialect, type Read, readBoolean, SHARING_WORDS } from "./dialect.ts";
import { ID_BASES, isIdBase } from "./id_range.ts";
import { makeService } from "./service_schema.ts";
import { BOOLEAN_SHOWN, INTEGER_SHOWN, keyword, optionalText, shown, text, written } from "./schema_parts.ts";

/**
 * The schema of the three files of a node: the only source of their types, their validation and the JSON schema for
 * editors. YAML is read with every scalar as its text (`umask: 027` stays `027`), so each key says here how its text is
 * understood. Keys are spelled in any case in a file; here they have their canonical spelling.
 *
 * Source of the rules: the redpak 2.5 file format (status file, `etc/redpak.yaml`, `etc/redpak-admin.yaml`).
 */

/*
 * Every launch has to build the schema first. So it is zod's mini form, whose objects without methods cost a third of
 * those with, and each part is made once.
 */

const readIdBase: Read<number> = (text, refuse) => {
  const id = /^[1-9][0-9]*$/.test(text) ? Number(text) : 0;
  return isIdBase(id) ? id : refuse(`expected ${ID_BASES}`);
};

export const EXPORT_MODES = [
  "Public",
  "Restricted",
  "Private",
  "PrivateRestricted",
  "PublicFile",
  "RestrictedFile",
  "PrivateFile",
  "Anonymous",
  "Symlink",
  "Execfd",
  "Internal",
  "Tmpfs",
  "Procfs",
  "Devfs",
  "Mqueue",
  "Lock",
] as const;
export type ExportMode = (typeof EXPORT_MODES)[number];

/** Modes whose `path` has a meaning that no default can give. */
const PATH_NEEDED: readonly ExportMode[] = ["Symlink", "Execfd", "Internal"];

/** Modes that bind a source of the host. */
export const BIND_MODES: readonly ExportMode[] = [
  "Public",
  "Restricted",
  "Private",
  "PrivateRestricted",
  "PublicFile",
  "RestrictedFile",
  "PrivateFile",
];

/** Those of them that let nobody write. */
export const READ_ONLY_MODES: readonly ExportMode[] = ["Restricted", "PrivateRestricted", "RestrictedFile"];

export const ENVIRON_MODES = ["Default", "Static", "Execfd", "Remove", "Inherit"] as const;
export type EnvironMode = (typeof ENVIRON_MODES)[number];

/** Modes that set a variable from their `value`. */
export const VALUE_NEEDED: readonly EnvironMode[] = ["Default", "Static", "Execfd"];

export type Sharing = "unset" | "enabled" | "disabled" | { readonly join: string };

export const OPTIONS = ["Unset", "Enabled", "Disabled"] as const;
export type Option = (typeof OPTIONS)[number];
/** By the number that redpak 2.5 keeps for each. */
export const OPTION_NUMBERS: readonly Option[] = ["Unset", "Disabled", "Enabled"];

const STATES = ["Enable", "Disable", "Unknown", "Error"] as const;
const STATE_NUMBERS = ["Disable", "Enable", "Unknown", "Error"] as const;

/** All mistakes of an entry are reported at once, so its keys are compared also where one of them is wrong by itself. */
const alsoIfWrong = { when: ({ value }: { value: unknown }) => typeof value === "object" && value !== null };

/** Issues of their own carry `params` for the message: `words` that may have been meant, or the `missing` key. */
function makeExport(dialect: Dialect) {
  return z.strictObject({
    mode: keyword(EXPORT_MODES),
    mount: text,
    path: optionalText,
    /** The bind is skipped where its source is absent on this machine; without it a missing source is created or fails. */
    optional: z.optional(shown(written(readBoolean), BOOLEAN_SHOWN)),
    size: optionalSize,
    exec: z.optional(shown(written(readBoolean), BOOLEAN_SHOWN)),
    /** Programs of the node follow no symbolic link in it. */
    nosymfollow: z.optional(shown(written(readBoolean), BOOLEAN_SHOWN)),
    info: optionalText,
    warn: optionalText,
  }).check(z.superRefine((entry, context) => {
    const known = EXPORT_MODES.includes(entry.mode);
    for (const key of ["size", "exec"] as const) {
      if (entry[key] === undefined || !known || entry.mode === "Tmpfs") continue;
      context.addIssue({ code: "custom", path: [key], message: `it is for mode Tmpfs, not for ${entry.mode}` });
    }
    if (entry.nosymfollow === true && known && !BIND_MODES.includes(entry.mode) && entry.mode !== "Tmpfs") {
      context.addIssue({
        code: "custom",
        path: ["nosymfollow"],
        message: `it is for modes that bind or make a file system, not for ${entry.mode}`,
      });
    }
    if (entry.optional === true && known && !BIND_MODES.includes(entry.mode)) {
      context.addIssue({
        code: "custom",
        path: ["optional"],
        message: `mode ${entry.mode} has no source to be absent`,
      });
    }
    if (entry.path === undefined && dialect.complete && PATH_NEEDED.includes(entry.mode)) {
      context.addIssue({ code: "custom", message: `mode ${entry.mode} needs a "path"`, params: { missing: "path" } });
    }
  }, alsoIfWrong));
}

function makeEnviron({ complete }: Dialect) {
  return z.strictObject({
    mode: z._default(keyword(ENVIRON_MODES), "Default"),
    key: complete
      ? z.string().check(z.regex(/^[^=\p{Cc}]+$/u, `expected the name of a variable: not empty, without "="`))
      : z.string(),
    value: optionalText,
    info: optionalText,
    warn: optionalText,
  }).check(z.superRefine((entry, context) => {
    if (entry.value === undefined && complete && VALUE_NEEDED.includes(entry.mode)) {
      context.addIssue({ code: "custom", message: `mode ${entry.mode} needs a "value"`, params: { missing: "value" } });
    }
  }, alsoIfWrong));
}

function makeCapability({ integer }: Dialect) {
  return z.strictObject({
    cap: text,
    add: shown(written((value, refuse) => integer(value, refuse) !== 0), INTEGER_SHOWN),
    info: optionalText,
    warn: optionalText,
  });
}

const cgroups = z.strictObject({
  cpuset: z.optional(z.strictObject({ cpus: optionalText, mems: optionalText, cpus_partition: optionalText })),
  mem: z.optional(z.strictObject({
    max: optionalText,
    high: optionalText,
    min: optionalText,
    low: optionalText,
    oom_group: optionalText,
    swap_high: optionalText,
    swap_max: optionalText,
  })),
  cpu: z.optional(z.strictObject({ weight: optionalText, weight_nice: optionalText, max: optionalText })),
  io: z.optional(z.strictObject({
    cost_qos: optionalText,
    cost_model: optionalText,
    weight: optionalText,
    max: optionalText,
  })),
  pids: z.optional(z.strictObject({ max: optionalText })),
});
export type Cgroups = z.output<typeof cgroups>;

/** Filters of system calls, the tightest last. */
export const SECCOMP_PROFILES = ["none", "default", "strict"] as const;
/** The name of a filter of system calls. */
export type SeccompProfile = (typeof SECCOMP_PROFILES)[number];

/** Keys of `config` that merge as one value, and how each is understood: the first file that sets it wins. */
const SCALARS = {
  persistdir: "text",
  rpmdir: "text",
  cachedir: "text",
  umask: "text",
  "set-user": "text",
  "set-group": "text",
  smack: "text",
  verbose: "integer",
  "map-root-user": "integer",
  gpgcheck: "boolean",
  unsafe: "boolean",
  "inherit-env": "boolean",
  "die-with-parent": "option",
  "new-session": "option",
  seccomp: "filter",
  hostname: "text",
  chdir: "text",
  cgrouproot: "text",
} as const;
export type ScalarKey = keyof typeof SCALARS | (typeof CONFINEMENT_SCALARS)[number];
export const SCALAR_KEYS: readonly ScalarKey[] = [
  ...Object.keys(SCALARS) as (keyof typeof SCALARS)[],
  ...CONFINEMENT_SCALARS,
];

/** Of a number without a name, redpak 2.5 looks at the bit of `Enabled`. */
export function unnamedOption(number: number): Option {
  return (number & 2) === 0 ? "Disabled" : "Enabled";
}

function makeScalars(dialect: Dialect) {
  const numbered = (value: string) => dialect.numbered(value, OPTION_NUMBERS, unnamedOption);
  const kinds = {
    text: optionalText,
    integer: z.optional(shown(written(dialect.integer), INTEGER_SHOWN)),
    boolean: z.optional(shown(written(dialect.boolean), BOOLEAN_SHOWN)),
    option: z.optional(keyword(OPTIONS, OPTION_NUMBERS, numbered)),
    filter: z.optional(keyword(SECCOMP_PROFILES)),
  };
  return Object.fromEntries(Object.entries(SCALARS).map(([key, kind]) => [key, kinds[kind]])) as {
    [K in keyof typeof SCALARS]: (typeof kinds)[(typeof SCALARS)[K]];
  };
}

/** Letters of an alias; `compat` allows what redpak 2.5 does. */
export const ALIAS = {
  strict: /^[a-z0-9][a-z0-9_.-]{0,62}$/,
  compat: /^[A-Za-z0-9+\-_@:]+$/,
} as const;

/** Historical: any value is read and has no effect. */
const ignored = z.optional(z.unknown());

const headers = z.strictObject({
  /** Its letters are for the reader of files to check, who knows whether `compat` is asked for. */
  alias: shown(z.string(), { type: ["string", "number"], pattern: ALIAS.strict.source }),
  name: optionalText,
  info: optionalText,
});

function makeConfig(dialect: Dialect) {
  /** `enabled`, `disabled` and `unset` in any case; anything else is the path of a namespace file to join. */
  const sharing = z.optional(
    shown(written(dialect.sharing), { anyOf: [{ enum: [...SHARING_WORDS] }, { type: "string", pattern: "^/" }] }),
  );
  return z.strictObject({
    path: optionalText,
    ldpath: optionalText,
    ...makeScalars(dialect),
    ...makeConfinement(),
    ...makeService(),
    share_all: sharing,
    share_user: sharing,
    share_cgroup: sharing,
    share_net: sharing,
    share_pid: sharing,
    share_ipc: sharing,
    share_time: sharing,
    cgroups: z.optional(cgroups),
    capabilities: z.optional(z.array(makeCapability(dialect))),
    maxage: ignored,
    inherit: ignored,
  });
}

function makeSchemas(dialect: Dialect) {
  const config = makeConfig(dialect);
  return {
    /** The `config` mapping alone. */
    config,
    /** `etc/redpak.yaml` and `etc/redpak-admin.yaml`. */
    configSchema: z.strictObject({
      headers,
      exports: z.optional(z.array(makeExport(dialect)).check(z.maxLength(512))),
      environ: z.optional(z.array(makeEnviron(dialect))),
      config: z.optional(config),
    }),
    /** `.rednode.yaml`. */
    statusSchema: z.strictObject({
      /** Path of the node when it was created. */
      realpath: text,
      info: optionalText,
      /** Milliseconds since 1970-01-01 UTC. */
      timestamp: shown(written(dialect.timestamp), INTEGER_SHOWN),
      /** The id of the host that is 0 inside the node; redpak 2.5 does not know this key. */
      ids: z.optional(shown(written(readIdBase), INTEGER_SHOWN)),
      /** Only an enabled node whose ancestors are all enabled can be run. */
      state: keyword(STATES, STATE_NUMBERS, (value) => dialect.numbered(value, STATE_NUMBERS, () => "Unknown")),
    }),
  };
}
export type Schemas = ReturnType<typeof makeSchemas>;

const made = new Map<Dialect, Schemas>();

/** The schemas of the files in a dialect. They are made when they are first asked for: a launch needs only one dialect's. */
export function schemasOf(dialect: Dialect): Schemas {
  const schemas = made.get(dialect) ?? makeSchemas(dialect);
  made.set(dialect, schemas);
  return schemas;
}

export type Config = z.output<Schemas["configSchema"]>;
export type Status = z.output<Schemas["statusSchema"]>;
export type Export = NonNullable<Config["exports"]>[number];
export type Environ = NonNullable<Config["environ"]>[number];
/** `add`: true keeps the capability, false drops it. */
export type CapabilityEntry = z.output<ReturnType<typeof makeCapability>>;
export type Scalars = { [K in ScalarKey]?: NonNullable<Config["config"]>[K] };
