import type { Entry } from "./catalogue.ts";

const GROUPS = "tests/vm/cgroups_test";

export const RESOURCES: readonly Entry[] = [
  {
    id: "F01",
    attack: "a fork bomb",
    defence:
      "512 processes unless the configuration says otherwise, by the control group or else by RLIMIT_NPROC in the " +
      "node's user namespace",
    probed: true,
    tests: [
      [GROUPS, "a fork bomb stays in its limit"],
      [GROUPS, "512 processes is the limit"],
      ["tests/system/limits_test", "a fork bomb ends at 512 processes"],
    ],
    result: "in part",
    because:
      "where no control group can be had, there is no limit before Linux 5.14 or with share_user, and one for each " +
      "user of a node that has CAP_SETUID",
  },
  {
    id: "F02",
    attack: "all memory is taken",
    defence:
      "half of the machine's memory unless the configuration says otherwise, by the control group, which ends the node " +
      "as a whole; or else by RLIMIT_DATA",
    probed: true,
    open: ["there is no end of memory"],
    tests: [
      [GROUPS, "out of memory, a node with oom_group"],
      [GROUPS, "half of the memory is the limit of a launch"],
      ["tests/system/limits_test", "without a control group no process has more than half"],
      ["tests/vm/battery_test", "a node is stopped before it has three quarters of the memory"],
    ],
    result: "in part",
    because: "where no control group can be had, each process has the limit for itself",
  },
  {
    id: "F03",
    attack: "a tmpfs is filled",
    defence: "each has a size and a number of inodes, 64M and 16384 unless the configuration says otherwise",
    probed: true,
    tests: [
      ["tests/system/limits_test", "every file system in memory has a size"],
      [GROUPS, "out of memory, a node with oom_group"],
    ],
    result: "held",
  },
  {
    id: "F04",
    attack: "a disk is filled",
    defence: "none",
    result: "outside",
    because: "writable exports are the host's directories; quotas are its file system's",
  },
  {
    id: "F05",
    attack: "real-time and deadline scheduling, raised priority and limits",
    defence: "no capability, and limits that are not above the launcher's",
    probed: true,
    tests: [["tests/system/confinement_test", "limits of processes are those of the configuration"]],
    result: "held",
  },
  { id: "F06", attack: "oom_score_adj of -1000", defence: "no capability", probed: true, result: "held" },
  {
    id: "F07",
    attack: "limits by user are exhausted: watches, pipes, queues",
    defence: "open files are limited as the caller's",
    probed: true,
    result: "in part",
    because: "nodes that one user launches share that user's limits; those that root launches have users of their own",
  },
  { id: "F08", attack: "a flood of control groups", defence: "as C05", probed: true, result: "held" },
  {
    id: "F09",
    attack: "a flood of log lines",
    defence: "redpak keeps no log: what a program writes goes where the caller says",
    result: "outside",
    because: "there is nothing to fill",
  },
  {
    id: "F10",
    attack: "input and output keep others from theirs",
    defence: "io.max and io.weight, where they are asked for",
    tests: [
      [GROUPS, "every value is in its file"],
      ["tests/vm/disks_test", "what a node reads from a disk stays below its parent's rate"],
      ["tests/vm/disks_test", "who has no limit reads faster"],
    ],
    result: "held",
  },
  {
    id: "F11",
    attack: "message queues and locked memory",
    defence: "limits as the caller's",
    probed: true,
    result: "held",
  },
  { id: "F12", attack: "all terminals are taken", defence: "16 for each node", probed: true, result: "held" },
  {
    id: "F13",
    attack: "all processors are taken",
    defence: "cpu.max and cpuset, where they are asked for",
    tests: [[GROUPS, "a hog gets the share of the processor"], [GROUPS, "a parent's limit bounds two children"]],
    result: "held",
  },
];
