import { CGROUP_KEYS } from "../config/merged_document.ts";
import { readInt } from "../config/dialect_compat.ts";
import { type Config, type Option, OPTION_NUMBERS, type Sharing } from "../config/schema.ts";
import { type OriginalValue, originalYaml } from "./original_yaml.ts";

/** Keys in the order in which redpak 2.5 prints them, whatever the order of the file. */
const HEADERS = ["alias", "name", "info"] as const;
const EXPORT = ["mode", "mount", "path", "info", "warn"] as const;
const ENVIRON = ["mode", "key", "value", "info", "warn"] as const;
const CAPABILITY = ["cap", "add", "info", "warn"] as const;
const CONFIG = [
  "persistdir",
  "rpmdir",
  "cachedir",
  "path",
  "ldpath",
  "umask",
  "set-user",
  "set-group",
  "smack",
  "verbose",
  "map-root-user",
  "gpgcheck",
  "unsafe",
  "inherit-env",
  "die-with-parent",
  "new-session",
  "share_all",
  "share_user",
  "share_cgroup",
  "share_net",
  "share_pid",
  "share_ipc",
  "share_time",
  "cgroups",
  "hostname",
  "chdir",
  "cgrouproot",
  "capabilities",
] as const;

/** What redpak 2.5 prints where the file says nothing. */
const UNSET = {
  verbose: 0,
  "map-root-user": 0,
  gpgcheck: false,
  unsafe: false,
  "inherit-env": false,
} as const;

type Body = NonNullable<Config["config"]>;

/** How a key of `config` is written in the file, where it is. */
export type WrittenKeys = (key: string) => string | undefined;

/**
 * A configuration file as redpak 2.5 prints it; comments, `optional` and `seccomp`, which it does not know, are left out.
 *
 * @param written for the words of `share_…`, which are printed as they are written, and for numbers without a name
 */
export function originalConfigYaml(
  { headers, exports = [], environ = [], config = {} }: Config,
  written: WrittenKeys = () => undefined,
): string {
  return originalYaml({
    headers: pick(headers, HEADERS),
    ...list("exports", exports.map((entry) => pick(entry, EXPORT))),
    ...list("environ", environ.map((entry) => pick(entry, ENVIRON))),
    config: configBody(config, written),
  });
}

function configBody(config: Body, written: WrittenKeys): { readonly [key: string]: OriginalValue } {
  const { cgroups, capabilities = [], ...rest } = config;
  const sharing = Object.fromEntries(
    Object.entries(rest).filter(([key]) => key.startsWith("share_")).map(([key, value]) => [
      key,
      written(key) ?? sharingText(value as Sharing),
    ]),
  );
  const options = {
    "die-with-parent": optionText(rest["die-with-parent"], written("die-with-parent")),
    "new-session": optionText(rest["new-session"], written("new-session")),
  };
  const entries = capabilities.map((entry) => pick({ ...entry, add: entry.add ? 1 : 0 }, CAPABILITY));
  const all = {
    ...UNSET,
    ...rest,
    ...options,
    ...sharing,
    ...cgroups === undefined ? {} : { cgroups: cgroupsBody(cgroups) },
    ...list("capabilities", entries),
  };
  return pick(all, CONFIG);
}

/** redpak 2.5 takes any number for an option, and prints those without a name as they are. */
function optionText(value: Option = "Unset", written = ""): Option | number {
  const number = readInt(written);
  return number === undefined || OPTION_NUMBERS[number] !== undefined ? value : number;
}

function cgroupsBody(cgroups: NonNullable<Body["cgroups"]>): { readonly [key: string]: OriginalValue } {
  return Object.fromEntries(
    Object.entries(CGROUP_KEYS).flatMap(([controller, fields]) => {
      const values = cgroups[controller as keyof typeof CGROUP_KEYS];
      return values === undefined ? [] : [[controller, pick(values, fields)]];
    }),
  );
}

function sharingText(value: Sharing): string {
  return typeof value === "string" ? value : value.join;
}

function list(key: string, entries: readonly OriginalValue[]): { readonly [key: string]: OriginalValue } {
  return entries.length === 0 ? {} : { [key]: entries };
}

/** The values of `keys`, in their order, as far as there are any. */
function pick(values: object, keys: readonly string[]): { readonly [key: string]: OriginalValue } {
  const known = values as Readonly<Record<string, OriginalValue | undefined>>;
  return Object.fromEntries(keys.flatMap((key) => known[key] === undefined ? [] : [[key, known[key]]]));
}
