import { showByteSize } from "../config/byte_size.ts";
import { RESOURCES } from "../config/resource_limits.ts";
import { showText } from "./_show_text.ts";
import { MAX_SIZE } from "./binary_format.ts";
import { showAmount } from "./default_limits.ts";
import {
  CAPABILITIES,
  type Capability,
  type Content,
  type IdMap,
  type Operation,
  type OperationName,
  SECUREBITS,
  type Source,
} from "./operation.ts";

/** An operation in words: what it acts on, and how. */
export interface Description {
  readonly words: string;
  readonly options: string;
}

export function describeOperation(operation: Operation): Description {
  const row = DESCRIBE[operation.operation] as (operation: Operation) => readonly string[];
  const [words = "", ...options] = row(operation);
  return { words, options: options.filter((option) => option !== "").join(",") };
}

/** The words, then the options. */
const DESCRIBE: { readonly [K in OperationName]: (operation: Operation<K>) => readonly string[] } = {
  "unshare": ({ namespaces }) => [list(namespaces)],
  "make-private": () => [],
  "id-map": (maps) => ["", ...showIdMaps(maps)],
  "root": (operation) => ["/", ...tmpfs(operation)],
  "ensure-directory": (operation) => [
    showText(operation.path),
    ...permissions(operation),
    operation.smack === "" ? "" : `smack=${showText(operation.smack)}`,
    operation.optional ? "optional" : "",
  ],
  "bind": ({ source, destination, options, optional, isFile, isDevice }) => [
    `${showSource(source)} → ${showText(destination)}`,
    ...options,
    optional ? "optional" : "",
    isFile ? "file" : "",
    isDevice ? "device" : "",
  ],
  "device": ({ source, destination, access, uid, gid, optional }) => [
    `${showSource(source)} → ${showText(destination)}`,
    showText(access),
    `uid=${uid}`,
    `gid=${gid}`,
    optional ? "optional" : "",
  ],
  "tmpfs": (operation) => [showText(operation.destination), ...tmpfs(operation)],
  "directory": (operation) => [showText(operation.destination), ...permissions(operation)],
  "symlink": ({ target, destination }) => [`${showText(destination)} → ${showText(target)}`],
  "file": (operation) => [
    `${showContent(operation.content)} → ${showText(operation.destination)}`,
    ...permissions(operation),
  ],
  "devpts": ({ destination }) => [showText(destination)],
  "procfs": ({ destination, onlyPids }) => [showText(destination), onlyPids ? "subset=pid,hidepid=invisible" : ""],
  "mqueue": ({ destination }) => [showText(destination)],
  "protect": ({ destination }) => [showText(destination), "ro"],
  "oom-score": ({ score }) => [String(score - 1000)],
  "mask": ({ destination }) => [showText(destination)],
  "join": ({ namespace, source }) => [`${namespace} of ${showSource(source)}`],
  "clone": ({ namespaces, denySetgroups, ...maps }) => [
    list(namespaces),
    ...showIdMaps(maps),
    denySetgroups ? "deny-setgroups" : "",
  ],
  "reset-attributes": () => [],
  "session-keyring": () => [],
  "memfd-noexec": () => [],
  "pivot-root": () => [],
  "detach-old-root": () => [],
  "hostname": ({ name }) => [showText(name)],
  "loopback": () => [],
  "lock": ({ destination }) => [showText(destination)],
  "fork": () => [],
  "become-program": () => [],
  "detach": ({ log, message }) => [showText(message.join("PID").trimEnd()), log === "" ? "" : `log=${showText(log)}`],
  "umask": ({ mask }) => [octal(mask)],
  "rlimit": ({ resource, soft, hard, unless }) => [
    RESOURCES[resource] ?? `resource ${resource}`,
    `soft=${soft === MAX_SIZE ? "unlimited" : showAmount(soft)}`,
    `hard=${hard === MAX_SIZE ? "unchanged" : showAmount(hard)}`,
    unless === "" ? "" : `unless=${showText(unless)}`,
  ],
  "session": () => [],
  "identity": ({ uid, gid, groups, dropGroups }) => [
    `${uid}:${gid}`,
    groups.length > 0 ? `groups=${groups.join(":")}` : "",
    dropGroups ? "drop-groups" : "",
  ],
  "chdir": ({ directories }) => [directories.map(showText).join(" or ")],
  "capabilities": showCapabilities,
  "securebits": ({ bits }) => showSecurebits(bits),
  "no-new-privileges": () => [],
  "close-descriptors": ({ from }) => [`from ${from}`],
  "seccomp": ({ profile, filter }) => [showText(profile), `${filter.length} instructions`],
  "landlock": showLandlock,
  "exec": (operation) => [operation.arguments.map(showText).join(" ")],
  "report": ({ descriptor }) => [`to descriptor ${descriptor}`],
  "smack": ({ label }) => [showText(label)],
  "exec-label": ({ module, label }) => [showText(label), showText(module)],
  "cgroup": ({ root, path, settings, optional }) => [
    showText(
      root === "" && path.length === 0 ? "." : [...(root === "" ? [] : [root.replace(/\/$/, "")]), ...path].join("/"),
    ),
    ...settings.map(showText),
    optional ? "optional" : "",
  ],
  "enter-cgroup": ({ source, settings, optional }) => [
    `new in ${showSource(source)}`,
    ...settings.map(showText),
    optional ? "optional" : "",
  ],
  "device-filter": ({ rules, optional }) => ["", showText(showRules(rules)), optional ? "optional" : ""],
  "nest-user-namespace": (maps) => ["", ...showIdMaps(maps)],
  "exit-status": ({ value }) => [String(value)],
  "record": ({ name }) => [showText(name)],
  "home": () => [],
  "enter": ({ namespaces, source, cgroups }) => [
    `${list(namespaces)} of ${showSource(source)}`,
    cgroups.length > 0 ? "its cgroups" : "",
  ],
  "release": ({ descriptors }) => [descriptors.map(String).join(",")],
  "device-program": ({ program, optional }) => ["", `${program.length} instructions`, optional ? "optional" : ""],
  "sealed": ({ uid, gid, kernel, files, renew }) => [
    `for ${uid}:${gid}`,
    `${files.length} files`,
    kernel === 0 ? "" : `linux ${kernel >>> 16}.${kernel & 0xffff}`,
    renew.length === 0 ? "" : "renews itself",
  ],
  "caller": ({ variables, all, removed }) => [
    "arguments",
    ...(all ? removed.map((name) => `without ${showText(name)}`) : variables.map(showText)),
    all ? "environment" : "",
  ],
  "hold": ({ nodes }) => [nodes.map(showText).join(" ")],
  "write-record": ({ directory }) => [showText(directory)],
};

/** Without what each of them has in common with the one before it. */
function showRules(rules: readonly string[]): string {
  const form = /^(\S+) (\S+) (\S+)$/;
  return rules.map((rule, index) => {
    const [, kind, numbers = "", access] = form.exec(rule) ?? [];
    const [, last, , before] = form.exec(rules[index - 1] ?? "") ?? [];
    return kind !== undefined && kind === last && access === before ? numbers : rule;
  }).join(", ");
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(",");
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function permissions({ mode, uid, gid }: { mode: number; uid: number; gid: number }): string[] {
  return [`mode=${octal(mode)}`, `uid=${uid}`, `gid=${gid}`];
}

function tmpfs(operation: Operation<"root" | "tmpfs">): string[] {
  const { options, size, inodes } = operation;
  return [
    ...options,
    ...permissions(operation),
    size === 0n ? "" : `size=${showByteSize(Number(size))}`,
    inodes === 0 ? "" : `nr_inodes=${inodes}`,
  ];
}

function showSource(source: Source): string {
  return "path" in source ? showText(source.path) : `descriptor ${source.descriptor}`;
}

/** Characters of a file's content that are shown. */
const SHOWN = 24;

function showContent(content: Content): string {
  if ("descriptor" in content) return showSource(content);
  if ("command" in content) return `output of ${showText(content.command)}`;
  const cut = [...content.text.slice(0, 2 * SHOWN)].slice(0, SHOWN).join("");
  return showText(cut) + (cut === content.text ? "" : `… (${content.text.length} characters)`);
}

function showIdMaps({ uidMaps, gidMaps }: { uidMaps: readonly IdMap[]; gidMaps: readonly IdMap[] }): string[] {
  return [...uidMaps.map((map) => showIdMap("uid", map)), ...gidMaps.map((map) => showIdMap("gid", map))];
}

function showIdMap(kind: "uid" | "gid", { inside, outside, count }: IdMap): string {
  return `${kind} ${inside}→${outside}` + (count === 1 ? "" : `×${count}`);
}

/** Those that are set, and those that stay as they are, set or not. */
function showSecurebits(bits: number): string[] {
  const names = (Object.keys(SECUREBITS) as (keyof typeof SECUREBITS)[]).filter((name) =>
    (bits & SECUREBITS[name]) !== 0
  );
  const locks = names.filter((name) => name.endsWith(LOCK)).map((name) => name.slice(0, -LOCK.length));
  const rest = Object.values(SECUREBITS).reduce((rest, bit) => rest & ~bit, bits) >>> 0;
  const set = [...names.filter((name) => !name.endsWith(LOCK)), ...(rest === 0 ? [] : [String(rest)])];
  const all = 2 * locks.length === Object.keys(SECUREBITS).length;
  return [list(set), locks.length === 0 ? "" : `locked=${all ? "all" : locks.join(":")}`];
}

const LOCK = "-locked";

const SETS = ["bounding", "effective", "permitted", "inheritable", "ambient"] as const;

function showCapabilities(operation: Operation<"capabilities">): string[] {
  const sets = SETS.map((set) => showCapabilitySet(operation[set]));
  if (new Set(sets).size === 1) return [sets[0]!];
  return [SETS.map((set, index) => `${set} ${sets[index]}`).join("; ")];
}

function showLandlock(operation: Operation<"landlock">): string[] {
  const { minimum, readable, writable, limitBind, bind, limitConnect, connect, scopeSignals, scopeSockets } = operation;
  const below = (what: string, paths: readonly string[]) =>
    paths.length === 0 ? "" : `${what}=${paths.map(showText).join(":")}`;
  const ports = (what: string, list: readonly number[]) => `${what}=${list.length === 0 ? "none" : list.join(":")}`;
  return [
    minimum === 0 ? "where the kernel has it" : `version ${minimum} or later`,
    below("read", readable),
    below("write", writable),
    limitBind ? ports("bind", bind) : "",
    limitConnect ? ports("connect", connect) : "",
    scopeSignals ? "own-signals" : "",
    scopeSockets ? "own-sockets" : "",
  ];
}

function showCapabilitySet(set: readonly Capability[]): string {
  return set.length === CAPABILITIES.length ? "all" : list(set);
}
