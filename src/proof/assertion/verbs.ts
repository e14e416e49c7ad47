import { isWithin } from "../../core/path.ts";
import { CAPABILITIES } from "../../plan/operation.ts";
import { refusalOf } from "../../plan/seccomp/refusal.ts";
import { SYSCALLS } from "../../plan/seccomp/profile.ts";
import { type AccessedPath, covers, type NodeAccess, touches } from "./node_access.ts";

/** What an assertion can be about. */
interface Verb {
  /** What its object is called. */
  readonly object: string;
  /** Why a text is no such object; undefined where it is one. */
  readonly problem: (object: string) => string | undefined;
  /** How the node can do it, in any part; undefined where it cannot. For rules that forbid. */
  readonly means: (access: NodeAccess, object: string) => string | undefined;
  /** Whether it can do all of it. For rules that demand. */
  readonly allows: (access: NodeAccess, object: string) => boolean;
}

const aPath = (text: string) => text.startsWith("/") ? undefined : "is no absolute path";
const oneOf = (words: readonly string[]) => (text: string) =>
  words.includes(text) ? undefined : `is none of ${words.join(", ")}`;
const aPort = (text: string) =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? undefined : "is no port from 1 to 65535";

function onPaths(isMeant: (bind: AccessedPath) => boolean): Pick<Verb, "object" | "problem" | "means" | "allows"> {
  return {
    object: "PATH",
    problem: aPath,
    means({ binds }, path) {
      const bind = binds.find((one) => isMeant(one) && touches(one, path));
      return bind && `it sees ${bind.source} at ${bind.destination}${bind.write ? ", writable" : ""}`;
    },
    allows: ({ binds }, path) => binds.some((one) => isMeant(one) && covers(one, path)),
  };
}

function onPort(kind: "bind" | "connect"): Verb {
  const allows = ({ network }: NodeAccess, port: string) =>
    network.kind !== "own" && (network[kind]?.includes(Number(port)) ?? true);
  return {
    object: "PORT",
    problem: aPort,
    allows,
    means: (access, port) => allows(access, port) ? `its network is ${access.network.kind}` : undefined,
  };
}

function simple(verb: Omit<Verb, "allows">): Verb {
  return { ...verb, allows: (access, object) => verb.means(access, object) !== undefined };
}

const NAMESPACES = ["cgroup", "uts", "ipc", "user", "pid", "net"];

export const VERBS = {
  read: onPaths(() => true),
  write: onPaths(({ write }) => write),
  execute: onPaths(({ execute }) => execute),
  use: simple({
    object: "DEVICE",
    problem: aPath,
    means({ devices }, device) {
      const found = devices.find(({ path }) => isWithin(path, device));
      return found && `its devices have ${found.path} (${found.access})`;
    },
  }),
  have: simple({
    object: "CAPABILITY",
    problem: (text) =>
      (CAPABILITIES as readonly string[]).includes(text) ? undefined : "is no capability, as CAP_NET_ADMIN is",
    means: ({ capabilities }, name) =>
      (capabilities as readonly string[]).includes(name) ? "it is in its bounding set" : undefined,
  }),
  call: simple({
    object: "SYSCALL",
    problem: (text) =>
      Object.hasOwn(SYSCALLS.x86_64, text) || Object.hasOwn(SYSCALLS.aarch64, text)
        ? undefined
        : "is no system call that is known",
    means({ seccomp, capabilities }, call) {
      if (seccomp === "none") return "it has no filter of system calls";
      const refusal = refusalOf(seccomp, capabilities, call);
      if (refusal === undefined) return `its filter (${seccomp}) allows it`;
      return refusal.inPart ? `its filter (${seccomp}) refuses it with some arguments only` : undefined;
    },
  }),
  reach: simple({
    object: "network",
    problem: oneOf(["network"]),
    means: ({ network }) => network.kind === "own" ? undefined : `its network is ${network.kind}`,
  }),
  bind: onPort("bind"),
  connect: onPort("connect"),
  share: simple({
    object: "NAMESPACE",
    problem: oneOf(NAMESPACES),
    means: ({ shared, network }, name) =>
      (name === "net" ? network.kind !== "own" : (shared as readonly string[]).includes(name))
        ? `its ${name} namespace is not its own`
        : undefined,
  }),
  be: simple({
    object: "root",
    problem: oneOf(["root"]),
    means: ({ isRoot }) => isRoot ? "its uid 0 is the device's" : undefined,
  }),
} as const satisfies Record<string, Verb>;

export type VerbName = keyof typeof VERBS;
