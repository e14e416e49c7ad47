import type { HostFacts } from "./host_facts.ts";
import { checkSysctls } from "./sysctl_checks.ts";

/** What one check of `redpak doctor` found. */
export interface Check {
  /** Stable name, `D-…`. */
  readonly id: string;
  /** `fail` keeps nodes from being launched; `warn` makes them weaker or takes something away; `info` is neither. */
  readonly status: "ok" | "warn" | "fail" | "info";
  readonly seen: string;
  /** What a launch needs it for. */
  readonly why: string;
  /** A command to copy, or what to do; null where nothing is wrong or nothing can be done. */
  readonly fix: string | null;
}

/** How a launch went that was only tried. */
export type Trial =
  | { readonly outcome: "worked" }
  | { readonly outcome: "failed"; readonly reason: string; readonly hints: readonly string[] }
  | { readonly outcome: "untried"; readonly reason: string };

/** The launches that are tried, each in a child, each with everything but a program to run. */
export interface Trials {
  /** With what a node has by default. */
  readonly launch: Trial;
  /** The same with a time namespace. */
  readonly time: Trial;
  /** The same with a /proc of nothing but processes. */
  readonly proc: Trial;
  /** The default, by the user "nobody"; absent where the caller is not root. */
  readonly user?: Trial;
}

/** Whether nodes can be launched on this machine, by whoever asks. */
export function canLaunch(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== "fail");
}

/** Everything there is to say about a machine. Pure. */
export function checkHost(facts: HostFacts, trials: Trials): Check[] {
  return [
    ...checkTrials(trials),
    ...checkKernel(facts),
    checkCgroups(facts),
    ...Object.entries(facts.writable).map(([path, errno]) => checkWritable(path, errno)),
    ...checkSysctls(facts.sysctls),
  ];
}

function checkTrials({ launch, time, proc, user }: Trials): Check[] {
  return [
    checkTrial(launch, {
      id: "D-LAUNCH",
      otherwise: "fail",
      worked: "an empty node was launched, up to its program",
      why: "everything a launch does: namespaces, mounts, ids, capabilities, filters",
    }),
    checkTrial(time, {
      id: "D-TIMENS",
      otherwise: "warn",
      worked: "a node can have a time namespace",
      why: "nodes with share_time: disabled",
    }),
    checkTrial(proc, {
      id: "D-PROC",
      otherwise: "warn",
      worked: "a node can have a /proc of nothing but processes",
      why: "nodes with proc: pid",
    }),
    ...user === undefined ? [] : [checkTrial(user, {
      id: "D-USER",
      otherwise: "warn",
      worked: "an ordinary user can launch nodes, too",
      why: "launches by other users than root need user namespaces",
    })],
  ];
}

function checkTrial(
  trial: Trial,
  { id, otherwise, worked, why }: { id: string; otherwise: Check["status"]; worked: string; why: string },
): Check {
  if (trial.outcome === "worked") return { id, status: "ok", seen: worked, why, fix: null };
  if (trial.outcome === "untried") return { id, status: "info", seen: `not tried: ${trial.reason}`, why, fix: null };
  return {
    id,
    status: otherwise,
    seen: trial.reason,
    why,
    fix: trial.hints.length > 0 ? trial.hints.join("; ") : null,
  };
}

/** The newest level that policies make use of: scopes for signals and abstract sockets, Linux 6.12. */
const LANDLOCK_WANTED = 6;

function checkKernel({ kernel, missingCalls, landlock, seccomp, modules, confinement }: HostFacts): Check[] {
  return [
    {
      id: "D-KERNEL",
      status: missingCalls.length === 0 ? "ok" : "warn",
      seen: missingCalls.length === 0 ? `Linux ${kernel}` : `Linux ${kernel} without ${missingCalls.join(", ")}`,
      why: "system calls that make a launch fast and free of races; there is a way around each",
      fix: missingCalls.length === 0 ? null : "a kernel of at least 5.12, and no filter around redpak that hides them",
    },
    {
      id: "D-SECCOMP",
      status: seccomp ? "ok" : "fail",
      seen: seccomp
        ? confinement.Seccomp === "2" ? "can be used; redpak itself is already filtered" : "can be used"
        : "the kernel cannot filter system calls",
      why: "keeps the programs of a node from most of the kernel",
      fix: seccomp ? null : "a kernel with CONFIG_SECCOMP_FILTER=y",
    },
    {
      id: "D-LANDLOCK",
      status: landlock >= LANDLOCK_WANTED ? "ok" : landlock > 0 ? "info" : "warn",
      seen: landlock > 0 ? `interface version ${landlock}` : "not there, or not switched on",
      why: "a second lock on what the mounts show, and on network ports; scopes for signals from version 6 on",
      fix: landlock > 0 ? null : "CONFIG_SECURITY_LANDLOCK=y and landlock in the kernel's parameter lsm=",
    },
    {
      id: "D-LSM",
      status: "info",
      seen: modules?.join(", ") ?? "unknown: /sys/kernel/security is not mounted",
      why: "labels of nodes (smack, selinux, apparmor) need their security module",
      fix: modules === null ? "mount -t securityfs securityfs /sys/kernel/security" : null,
    },
  ];
}

const CONTROLLERS = ["cpu", "cpuset", "io", "memory", "pids"];

function checkCgroups({ cgroups: { own, controllers, version1, delegated } }: HostFacts): Check {
  const check = { id: "D-CGROUPS", status: "warn", why: "limits of a node: cgroups in its configuration" } as const;
  const missing = CONTROLLERS.filter((name) => !controllers.includes(name));
  if (own === null) {
    return { ...check, seen: "version 2 is not mounted", fix: "mount -t cgroup2 cgroup2 /sys/fs/cgroup" };
  }
  if (missing.some((name) => version1.includes(name))) {
    const fix = "start the machine with version 2 alone: cgroup_no_v1=all (systemd.unified_cgroup_hierarchy=1)";
    return { ...check, seen: `version 2 without ${missing.join(", ")}: version 1 has them`, fix };
  }
  if (missing.length > 0) {
    const fix = `have them delegated from above (systemd: Delegate=yes): see cgroup.subtree_control above ${own}`;
    return { ...check, seen: `${own} has no ${missing.join(", ")}`, fix };
  }
  if (!delegated) {
    const fix = "start redpak in a group of its own: systemd-run --scope -p Delegate=yes redpak …";
    return { ...check, seen: `${own} is not delegated to this user`, fix };
  }
  return { ...check, status: "ok", seen: `${own} with ${CONTROLLERS.join(", ")}`, fix: null };
}

function checkWritable(path: string, errno: string | null): Check {
  const why = "running nodes are recorded there";
  if (errno === null) return { id: "D-RUNDIR", status: "ok", seen: `${path} is writable`, why, fix: null };
  const fix = path === "/run"
    ? "mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run"
    : "log in again, or set XDG_RUNTIME_DIR";
  return { id: "D-RUNDIR", status: "warn", seen: `${path} is not writable (${errno})`, why, fix };
}
