import type { Check } from "./host_checks.ts";

/** What a setting of the kernel should be. */
interface Wish {
  readonly id: string;
  readonly name: string;
  readonly why: string;
  readonly good: (value: string) => boolean;
  /** What to set it to. */
  readonly set: string;
  readonly otherwise?: Check["status"];
}

const positive = (value: string) => Number(value) > 0;
const zero = (value: string) => value === "0";

const WISHES: readonly Wish[] = [
  {
    id: "D-USERNS-LIMIT",
    name: "user.max_user_namespaces",
    why: "each node has a user namespace of its own",
    good: positive,
    set: "16384",
    otherwise: "fail",
  },
  {
    id: "D-USERNS-DEBIAN",
    name: "kernel.unprivileged_userns_clone",
    why: "launches by other users than root",
    good: positive,
    set: "1",
  },
  {
    id: "D-USERNS-APPARMOR",
    name: "kernel.apparmor_restrict_unprivileged_userns",
    why: "launches by other users than root need a profile for redpak while this is on",
    good: zero,
    set: "0",
  },
  {
    id: "D-MEMFD",
    name: "vm.memfd_noexec",
    why: "a launch goes on in a program in memory, unless it is sealed; 2 forbids that",
    good: (value) => Number(value) < 2,
    set: "1",
    otherwise: "fail",
  },
  {
    id: "D-SYMLINKS",
    name: "fs.protected_symlinks",
    why: "else a link of another user in /tmp can lead programs of the host astray",
    good: positive,
    set: "1",
  },
  {
    id: "D-HARDLINKS",
    name: "fs.protected_hardlinks",
    why: "else a user can keep files of others alive, or have them changed",
    good: positive,
    set: "1",
  },
  {
    id: "D-TIOCSTI",
    name: "dev.tty.legacy_tiocsti",
    why: "else a program with a terminal of the host can type into it",
    good: zero,
    set: "0",
  },
  {
    id: "D-BPF",
    name: "kernel.unprivileged_bpf_disabled",
    why: "else every program may load code into the kernel",
    good: positive,
    set: "2",
  },
  {
    id: "D-CORE",
    name: "kernel.core_pattern",
    why: "a program behind | is run by root of the host whenever a program of a node crashes",
    good: (value) => !value.startsWith("|"),
    set: "core",
    otherwise: "info",
  },
];

/** Settings to look at. */
export const SYSCTLS: readonly string[] = WISHES.map(({ name }) => name);

/** @param values by name; nothing is said about a setting that this kernel does not have */
export function checkSysctls(values: Readonly<Record<string, string | null>>): Check[] {
  return WISHES.flatMap(({ id, name, why, good, set, otherwise = "warn" }): Check[] => {
    const value = values[name] ?? null;
    if (value === null) return [];
    const seen = `${name} = ${value}`;
    if (good(value)) return [{ id, status: "ok", seen, why, fix: null }];
    const fix = `sysctl -w ${name}=${set}; echo '${name} = ${set}' >>/etc/sysctl.d/90-redpak.conf`;
    return [{ id, status: otherwise, seen, why, fix }];
  });
}
