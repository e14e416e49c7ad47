import * as z from "zod/mini";

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

/** What a JSON schema says of `schema` to editors, who see the types that YAML gives to unquoted scalars. */
export function shown<S extends z.ZodMiniType>(schema: S, json: Record<string, unknown>): S {
  z.globalRegistry.add(schema, json);
  return schema;
}

/** Text as written: an empty scalar is the empty text, not an absent value. */
export const text = shown(z.string(), { type: ["string", "number", "boolean", "null"] });
export const optionalText = z.optional(text);

/** Objects to a text; `words` may have been meant, and `instead` says what redpak 2.5 took the text for. */
type Refuse = (message: string, words?: readonly string[], instead?: string) => never;

/** A value that is written as a text. */
export function written<T>(read: (value: string, refuse: Refuse) => T) {
  return z.pipe(
    z.string(),
    z.transform((value, { issues }) =>
      read(value, (message, words = [], instead) => {
        issues.push({ code: "custom", message, input: value, params: { words, instead } });
        return z.NEVER;
      })
    ),
  );
}

/** C notation: decimal, `0x` hexadecimal or `0` octal. */
function parseInteger(value: string, minimum: number, maximum: number, refuse: Refuse): number {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(value.trim());
  const digits = match?.[2] ?? "";
  const octal = digits.length > 1 && /^0[0-7]+$/.test(digits);
  const number = match === null ? NaN : Number(octal ? `0o${digits.slice(1)}` : digits);
  const result = match?.[1] === "-" ? 0 - number : number;
  return result >= minimum && result <= maximum ? result : refuse(`expected an integer from ${minimum} to ${maximum}`);
}

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;
const INTEGER_SHOWN = { type: ["integer", "string"], pattern: "^[+-]?[0-9][0-9a-fA-FxX]*$" };
const int32 = shown(written((value, refuse) => parseInteger(value, ...INT32, refuse)), INTEGER_SHOWN);
const optionalInt32 = z.optional(int32);

const TRUE_WORDS = ["true", "yes", "on", "enable", "1"];
const FALSE_WORDS = ["false", "no", "off", "disable", "0"];

const boolean = shown(
  written((value, refuse) => {
    const word = value.toLowerCase();
    if (TRUE_WORDS.includes(word)) return true;
    if (FALSE_WORDS.includes(word)) return false;
    return refuse("expected true or false", [...TRUE_WORDS, ...FALSE_WORDS], "true");
  }),
  { type: ["boolean", "string", "integer"], enum: [true, false, ...TRUE_WORDS, ...FALSE_WORDS, 0, 1] },
);

const optionalBoolean = z.optional(boolean);

/** One of `names` in any case, or its index in `numbers`; the canonical name results. */
export function keyword<const N extends readonly [string, ...string[]]>(names: N, numbers: readonly N[number][] = []) {
  const canonical = (value: unknown) => {
    if (typeof value !== "string") return value;
    const named = names.find((name) => name.toLowerCase() === value.toLowerCase());
    return named ?? numbers.find((_, number) => value === String(number)) ?? value;
  };
  return shown(z.pipe(z.transform(canonical), z.enum(names)), {
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
export const BIND_MODES: readonly ExportMode[] = [
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

const optionalOption = z.optional(keyword(["Unset", "Enabled", "Disabled"], ["Unset", "Disabled", "Enabled"]));

/** `enabled`, `disabled` and `unset` in any case; anything else is the path of a namespace file to join. */
const sharing = shown(
  written((value, refuse): Sharing => {
    const word = value.toLowerCase();
    if (word === "unset" || word === "enabled" || word === "disabled") return word;
    if (value.startsWith("/")) return { join: value };
    return refuse("expected enabled, disabled, unset or the absolute path of a namespace file", [
      "enabled",
      "disabled",
      "unset",
    ]);
  }),
  { anyOf: [{ enum: ["enabled", "disabled", "unset"] }, { type: "string", pattern: "^/" }] },
);
const optionalSharing = z.optional(sharing);
export type Sharing = "unset" | "enabled" | "disabled" | { readonly join: string };

/** All mistakes of an entry are reported at once, so its keys are compared also where one of them is wrong by itself. */
const alsoIfWrong = { when: ({ value }: { value: unknown }) => typeof value === "object" && value !== null };

/** Issues of their own carry `params` for the message: `words` that may have been meant, or the `missing` key. */
const exportEntry = z.strictObject({
  mode: keyword(EXPORT_MODES),
  mount: text,
  path: optionalText,
  /** The bind is skipped where its source is absent on this machine; without it a missing source is created or fails. */
  optional: optionalBoolean,
  info: optionalText,
  warn: optionalText,
}).check(z.superRefine((entry, context) => {
  const known = EXPORT_MODES.includes(entry.mode);
  if (entry.optional === true && known && !BIND_MODES.includes(entry.mode)) {
    context.addIssue({ code: "custom", path: ["optional"], message: `mode ${entry.mode} has no source to be absent` });
  }
  if (entry.path === undefined && PATH_NEEDED.includes(entry.mode)) {
    context.addIssue({ code: "custom", message: `mode ${entry.mode} needs a "path"`, params: { missing: "path" } });
  }
}, alsoIfWrong));
export type Export = z.output<typeof exportEntry>;

const environEntry = z.strictObject({
  mode: z._default(keyword(ENVIRON_MODES), "Default"),
  key: z.string().check(
    z.regex(/^[^=\p{Cc}]+$/u, `expected the name of a variable: not empty, without "="`),
  ),
  value: optionalText,
  info: optionalText,
  warn: optionalText,
}).check(z.superRefine((entry, context) => {
  if (entry.value === undefined && VALUE_NEEDED.includes(entry.mode)) {
    context.addIssue({ code: "custom", message: `mode ${entry.mode} needs a "value"`, params: { missing: "value" } });
  }
}, alsoIfWrong));
export type Environ = z.output<typeof environEntry>;

const capabilityEntry = z.strictObject({
  cap: text,
  add: shown(written((value, refuse) => parseInteger(value, ...INT32, refuse) !== 0), INTEGER_SHOWN),
  info: optionalText,
  warn: optionalText,
});
/** `add`: true keeps the capability, false drops it. */
export type CapabilityEntry = z.output<typeof capabilityEntry>;

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

/** Keys of `config` that merge as one value: the first file that sets it wins. */
const scalars = {
  persistdir: optionalText,
  rpmdir: optionalText,
  cachedir: optionalText,
  umask: optionalText,
  "set-user": optionalText,
  "set-group": optionalText,
  smack: optionalText,
  verbose: optionalInt32,
  "map-root-user": optionalInt32,
  gpgcheck: optionalBoolean,
  unsafe: optionalBoolean,
  "inherit-env": optionalBoolean,
  "die-with-parent": optionalOption,
  "new-session": optionalOption,
  hostname: optionalText,
  chdir: optionalText,
  cgrouproot: optionalText,
};
export const SCALAR_KEYS = Object.keys(scalars) as ScalarKey[];
export type ScalarKey = keyof typeof scalars;
export type Scalars = { [K in ScalarKey]?: z.output<(typeof scalars)[K]> };

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

export const config = z.strictObject({
  path: optionalText,
  ldpath: optionalText,
  ...scalars,
  share_all: optionalSharing,
  share_user: optionalSharing,
  share_cgroup: optionalSharing,
  share_net: optionalSharing,
  share_pid: optionalSharing,
  share_ipc: optionalSharing,
  share_time: optionalSharing,
  cgroups: z.optional(cgroups),
  capabilities: z.optional(z.array(capabilityEntry)),
  maxage: ignored,
  inherit: ignored,
});

/** `etc/redpak.yaml` and `etc/redpak-admin.yaml`. */
export const configSchema = z.strictObject({
  headers,
  exports: z.optional(z.array(exportEntry).check(z.maxLength(512))),
  environ: z.optional(z.array(environEntry)),
  config: z.optional(config),
});
export type Config = z.output<typeof configSchema>;

/** `.rednode.yaml`. */
export const statusSchema = z.strictObject({
  /** Path of the node when it was created. */
  realpath: text,
  info: optionalText,
  /** Milliseconds since 1970-01-01 UTC. */
  timestamp: shown(
    written((value, refuse) => parseInteger(value, 0, Number.MAX_SAFE_INTEGER, refuse)),
    INTEGER_SHOWN,
  ),
  /** Only an enabled node whose ancestors are all enabled can be run. */
  state: keyword(["Enable", "Disable", "Unknown", "Error"], ["Disable", "Enable", "Unknown", "Error"]),
});
export type Status = z.output<typeof statusSchema>;
