import type { Entry } from "./catalogue.ts";

const RUN = "tests/system/run_test";
const STAGE = "tests/system/stage_test";
const LAUNCH = "tests/security/launch_test";

export const PROCESSES: readonly Entry[] = [
  {
    id: "E01",
    attack: "TIOCSTI types into the caller's shell",
    defence: "a session of its own, and a filter",
    probed: true,
    result: "held",
  },
  { id: "E02", attack: "TIOCLINUX pastes on the console", defence: "a filter", probed: true, result: "held" },
  {
    id: "E03",
    attack: "kill(0) reaches the caller's process group",
    defence: "a session of its own",
    probed: true,
    result: "held",
  },
  {
    id: "E04",
    attack: "abstract sockets and services of a host's network",
    defence:
      "a network of its own, unless it is shared; then Landlock keeps abstract sockets and ports that are not listed",
    probed: true,
    tests: [
      ["tests/system/confinement_test", "abstract sockets of a shared network"],
      ["tests/system/confinement_test", "only the TCP ports that are listed"],
    ],
    result: "in part",
    because: "in a shared network, kernels before 6.12 keep no abstract socket away, and none UDP",
  },
  { id: "E05", attack: "shared memory of the host", defence: "an IPC namespace", probed: true, result: "held" },
  {
    id: "E06",
    attack: "the program is process 1, which cannot be stopped",
    defence: "an init of its own",
    probed: true,
    tests: [[RUN, "to redpak reaches the program"], [RUN, "the program is process 2 under an init that reaps"]],
    result: "held",
  },
  {
    id: "E07",
    attack: "the launcher is killed and the program lives on",
    defence: "init dies with its supervisor, and the node with its init",
    tests: [[RUN, "SIGKILL of redpak leaves no process"], ["tests/system/user_test", "signals reach the program"]],
    result: "held",
  },
  {
    id: "E08",
    attack: "the launcher is killed during the set-up, and something waits for ever",
    defence: "whoever waits ends when the other end is closed",
    tests: [[STAGE, "a supervisor killed at any moment of the set-up"]],
    result: "held",
  },
  {
    id: "E09",
    attack: "the parent-death signal comes when a thread ends",
    defence: "used in processes of one thread only",
    tests: [[STAGE, "no process outlives a killed supervisor"]],
    result: "held",
  },
  {
    id: "E10",
    attack: "daemons escape the end of the node",
    defence: "they end with its init",
    tests: [[RUN, "a background process ends with the node"], [
      "tests/vm/cgroups_test",
      "daemons in the host's process namespace end with the node",
    ]],
    result: "held",
  },
  {
    id: "E11",
    attack: "zombies pile up",
    defence: "init reaps",
    tests: [[RUN, "the program is process 2 under an init that reaps"], [STAGE, "PID 1 reaps 200 orphans"]],
    result: "held",
  },
  {
    id: "E12",
    attack: "a process id is used anew, and the wrong process is stopped",
    defence: "processes are held by descriptors, records compared by start time",
    tests: [["tests/system/life_test", "a record is never believed alone"]],
    result: "held",
  },
  {
    id: "E13",
    attack: "names and messages control the terminal",
    defence: "control characters are escaped, and refused in configurations",
    tests: [
      ["tests/system/cli_test", "control characters of a path do not reach the terminal"],
      ["src/core/escape_test", "no text leaves a control character"],
    ],
    result: "held",
  },
  {
    id: "E14",
    attack: "an export of a socket that is as good as root",
    defence: "known ones, and what contains them, are exported only where unsafe is written, all the way up",
    tests: [
      ["tests/system/confinement_test", "what gives power over the host"],
      ["tests/system/policy_test", "plan, run and check refuse a node that exceeds the policy"],
    ],
    result: "in part",
    because: "sockets that are not known by their path are like any file",
  },
  {
    id: "E15",
    attack: "a node passes a descriptor to another over a shared socket",
    defence: "nodes share no directory unless both export it",
    result: "outside",
    because: "who may write a directory in common may pass on what he has",
  },
  {
    id: "E16",
    attack: "a storm of signals loses the exit status",
    defence: "the status comes from waiting, not from a signal",
    tests: [[LAUNCH, "E16"]],
    result: "held",
  },
  {
    id: "E17",
    attack: "the launcher is stopped, and the node with it",
    defence: "the program does not wait for it",
    tests: [[LAUNCH, "E17"]],
    result: "held",
  },
];
