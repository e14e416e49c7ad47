import * as z from "zod";

/**
 * The schema of the three files of a node: the only source of their types, their validation and the JSON schema for
 * editors. YAML is read with every scalar as its text (`umask: 027` stays `027`), so each key says here how its text is
 * understood. Keys are spelled in any case in a file; here they have their canonical spelling.
 *
 * Source of the rules: the redpak 2.5 file format (status file, `etc/redpak.yaml`, `etc/redpak-admin.yaml`).
 */

/*
 * `meta` is for the JSON schema of editors, who see the types that YAML gives to unquoted scalars. It says what to write
 * at its best; the reader takes more spellings.
 */

/** Text as written: an empty scalar is the empty text, not an absent value. */
const text = z.string().meta({ type: ["string", "number", "boolean", "null"] });

/** C notation: decimal, `0x` hexadecimal or `0` octal. */
function integer(minimum: number, maximum: number) {
  return z.string().transform((value, context) => {
    const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(value.trim());
    const digits = match?.[2] ?? "";
    const octal = digits.length > 1 && /^0[0-7]+$/.test(digits);
    const number = match === null ? NaN : Number(octal ? `0o${digits.slice(1)}` : digits);
    const result = match?.[1] === "-" ? 0 - number : number;
    if (!(result >= minimum && result <= maximum)) {
      context.addIssue({ code: "custom", message: `expected an integer from ${minimum} to ${maximum}` });
      return z.NEVER;
    }
    return result;
  }).meta({ type: ["integer", "string"], pattern: "^[+-]?[0-9][0-9a-fA-FxX]*$" });
}

const TRUE_WORDS = ["true", "yes", "on", "enable", "1"];
const FALSE_WORDS = ["false", "no", "off", "disable", "0"];

const boolean = z.string().transform((value, context) => {
  const word = value.toLowerCase();
  if (TRUE_WORDS.includes(word)) return true;
  if (FALSE_WORDS.includes(word)) return false;
  context.addIssue({
    code: "custom",
    message: "expected true or false",
    params: { words: [...TRUE_WORDS, ...FALSE_WORDS] },
  });
  return z.NEVER;
}).meta({ type: ["boolean", "string", "integer"], enum: [true, false, ...TRUE_WORDS, ...FALSE_WORDS, 0, 1] });

/** One of `names` in any case, or its index in `numbers`; the canonical name results. */
function keyword<const N extends readonly [string, ...string[]]>(names: N, numbers: readonly N[number][] = []) {
  return z.preprocess((value) => {
    if (typeof value !== "string") return value;
    const named = names.find((name) => name.toLowerCase() === value.toLowerCase());
    return named ?? numbers.find((_, number) => value === String(number)) ?? value;
  }, z.enum(names)).meta({
    type: numbers.length > 0 ? ["string", "integer"] : "string",
    enum: [...names, ...numbers.keys()],
  });
}

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
const BIND_MODES: readonly ExportMode[] = [
  "Public",
  "Restricted",
  "Private",
  "PrivateRestricted",
  "PublicFile",
  "RestrictedFile",
  "PrivateFile",
];

export const ENVIRON_MODES = ["Default", "Static", "Execfd", "Remove", "Inherit"] as const;
export type EnvironMode = (typeof ENVIRON_MODES)[number];

/** Modes that set a variable from their `value`. */
const VALUE_NEEDED: readonly EnvironMode[] = ["Default", "Static", "Execfd"];

const option = keyword(["Unset", "Enabled", "Disabled"], ["Unset", "Disabled", "Enabled"]);

/** `enabled`, `disabled` and `unset` in any case; anything else is the path of a namespace file to join. */
const sharing = z.string().transform((value, context): Sharing => {
  const word = value.toLowerCase();
  if (word === "unset" || word === "enabled" || word === "disabled") return word;
  if (value.startsWith("/")) return { join: value };
  context.addIssue({
    code: "custom",
    message: "expected enabled, disabled, unset or the absolute path of a namespace file",
    params: { words: ["enabled", "disabled", "unset"] },
  });
  return z.NEVER;
}).meta({ anyOf: [{ enum: ["enabled", "disabled", "unset"] }, { type: "string", pattern: "^/" }] });
export type Sharing = "unset" | "enabled" | "disabled" | { readonly join: string };

/** All mistakes of an entry are reported at once, so its keys are compared also where one of them is wrong by itself. */
const alsoIfWrong = { when: ({ value }: { value: unknown }) => typeof value === "object" && value !== null };

/** Issues of their own carry `params` for the message: `words` that may have been meant, or the `missing` key. */
const exportEntry = z.strictObject({
  mode: keyword(EXPORT_MODES),
  mount: text,
  path: text.optional(),
  /** The bind is skipped where its source is absent on this machine; without it a missing source is created or fails. */
  optional: boolean.optional(),
  info: text.optional(),
  warn: text.optional(),
}).superRefine((entry, context) => {
  const known = EXPORT_MODES.includes(entry.mode);
  if (entry.optional === true && known && !BIND_MODES.includes(entry.mode)) {
    context.addIssue({ code: "custom", path: ["optional"], message: `mode ${entry.mode} has no source to be absent` });
  }
  if (entry.path === undefined && PATH_NEEDED.includes(entry.mode)) {
    context.addIssue({ code: "custom", message: `mode ${entry.mode} needs a "path"`, params: { missing: "path" } });
  }
}, alsoIfWrong);
export type Export = z.output<typeof exportEntry>;

const environEntry = z.strictObject({
  mode: keyword(ENVIRON_MODES).default("Default"),
  key: text.regex(/^[^=\p{Cc}]+$/u, `expected the name of a variable: not empty, without "="`),
  value: text.optional(),
  info: text.optional(),
  warn: text.optional(),
}).superRefine((entry, context) => {
  if (entry.value === undefined && VALUE_NEEDED.includes(entry.mode)) {
    context.addIssue({ code: "custom", message: `mode ${entry.mode} needs a "value"`, params: { missing: "value" } });
  }
}, alsoIfWrong);
export type Environ = z.output<typeof environEntry>;

const capabilityEntry = z.strictObject({
  cap: text,
  add: integer(-(2 ** 31), 2 ** 31 - 1).transform((value) => value !== 0),
  info: text.optional(),
  warn: text.optional(),
});
/** `add`: true keeps the capability, false drops it. */
export type CapabilityEntry = z.output<typeof capabilityEntry>;

const cgroups = z.strictObject({
  cpuset: z.strictObject({ cpus: text.optional(), mems: text.optional(), cpus_partition: text.optional() }).optional(),
  mem: z.strictObject({
    max: text.optional(),
    high: text.optional(),
    min: text.optional(),
    low: text.optional(),
    oom_group: text.optional(),
    swap_high: text.optional(),
    swap_max: text.optional(),
  }).optional(),
  cpu: z.strictObject({ weight: text.optional(), weight_nice: text.optional(), max: text.optional() }).optional(),
  io: z.strictObject({
    cost_qos: text.optional(),
    cost_model: text.optional(),
    weight: text.optional(),
    max: text.optional(),
  }).optional(),
  pids: z.strictObject({ max: text.optional() }).optional(),
});
export type Cgroups = z.output<typeof cgroups>;

const int32 = integer(-(2 ** 31), 2 ** 31 - 1);

/** Keys of `config` that merge as one value: the first file that sets it wins. */
const scalars = {
  persistdir: text.optional(),
  rpmdir: text.optional(),
  cachedir: text.optional(),
  umask: text.optional(),
  "set-user": text.optional(),
  "set-group": text.optional(),
  smack: text.optional(),
  verbose: int32.optional(),
  "map-root-user": int32.optional(),
  gpgcheck: boolean.optional(),
  unsafe: boolean.optional(),
  "inherit-env": boolean.optional(),
  "die-with-parent": option.optional(),
  "new-session": option.optional(),
  hostname: text.optional(),
  chdir: text.optional(),
  cgrouproot: text.optional(),
};
export const SCALAR_KEYS = Object.keys(scalars) as ScalarKey[];
export type ScalarKey = keyof typeof scalars;
export type Scalars = { [K in ScalarKey]?: z.output<(typeof scalars)[K]> };

/** Letters of an alias; `compat` allows what redpak 2.5 does. */
export const ALIAS = {
  strict: /^[a-z0-9][a-z0-9_.-]{0,62}$/,
  compat: /^[A-Za-z0-9+\-_@:]+$/,
} as const;

const headers = z.strictObject({
  /** Its letters are for the reader of files to check, who knows whether `compat` is asked for. */
  alias: text.meta({ type: ["string", "number"], pattern: ALIAS.strict.source }),
  name: text.optional(),
  info: text.optional(),
});

const config = z.strictObject({
  path: text.optional(),
  ldpath: text.optional(),
  ...scalars,
  share_all: sharing.optional(),
  share_user: sharing.optional(),
  share_cgroup: sharing.optional(),
  share_net: sharing.optional(),
  share_pid: sharing.optional(),
  share_ipc: sharing.optional(),
  share_time: sharing.optional(),
  cgroups: cgroups.optional(),
  capabilities: z.array(capabilityEntry).optional(),
  /** Historical: any value is read and has no effect. */
  maxage: z.unknown().optional(),
  inherit: z.unknown().optional(),
});

/** `etc/redpak.yaml` and `etc/redpak-admin.yaml`. */
export const configSchema = z.strictObject({
  headers,
  exports: z.array(exportEntry).max(512).optional(),
  environ: z.array(environEntry).optional(),
  config: config.optional(),
});
export type Config = z.output<typeof configSchema>;

/** `.rednode.yaml`. */
export const statusSchema = z.strictObject({
  /** Path of the node when it was created. */
  realpath: text,
  info: text.optional(),
  /** Milliseconds since 1970-01-01 UTC. */
  timestamp: integer(0, Number.MAX_SAFE_INTEGER),
  /** Only an enabled node whose ancestors are all enabled can be run. */
  state: keyword(["Enable", "Disable", "Unknown", "Error"], ["Disable", "Enable", "Unknown", "Error"]),
});
export type Status = z.output<typeof statusSchema>;
