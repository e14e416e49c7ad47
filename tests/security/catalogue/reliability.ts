import type { Entry } from "./catalogue.ts";

const EXHAUSTION = "tests/system/exhaustion_test";
const LEAK = "tests/system/leak_test";
const LIMITS = "tests/system/limits_test";
const VM_FAULTS = "tests/vm/faults_test";
const VM_CGROUPS = "tests/vm/cgroups_test";

/** What can go wrong around a launch without anybody's attack; `attack` is the fault, `defence` what is promised. */
export const RELIABILITY: readonly Entry[] = [
  {
    id: "R11",
    attack: "the launcher is killed at one of its system calls",
    defence: "no process, mount, file or control group stays that the next command does not remove",
    tests: [
      ["tests/system/killed_test", "that is killed at a system call leaves nothing"],
      ["tests/system/killed_test", "a sealed launcher that is killed at a system call"],
      ["tests/system/detach_test", "whatever is killed while a node is detached"],
    ],
    result: "held",
  },
  {
    id: "R12",
    attack: "a system call of the launch fails",
    defence: "the node is as confined as ever or not started, with a message, and nothing waits for ever",
    tests: [["tests/system/fault_test", "no failing system call of root's launcher"]],
    result: "held",
  },
  {
    id: "R13",
    attack: "there is no memory to be had",
    defence: "the stage asks for none beyond its image; what the kernel refuses stops the launch",
    tests: [["tests/system/fault_test", "no failing system call of a stage"]],
    result: "held",
  },
  {
    id: "R14",
    attack: "redpak ends between its decision and the program's status",
    defence: "the node ends with its supervisor; its record is removed by whoever finds it",
    tests: [
      ["tests/system/stage_test", "a supervisor killed at any moment of the set-up leaves no process"],
      ["tests/system/life_test", "the record of a killed supervisor"],
    ],
    result: "held",
  },
  {
    id: "R15",
    attack: "hundreds of launches in a row, and of nodes at once",
    defence: "each starts, is listed and ends; processes, mounts, descriptors and files are as before",
    tests: [[LEAK, "hundreds of launches in a row"], ["tests/system/crowd_test", "nodes of root and a user"]],
    result: "held",
  },
  {
    id: "R16",
    attack: "a node is full of processes",
    defence: "their number is limited, and the node is stopped as any",
    tests: [[LIMITS, "a fork bomb ends at 512"], [EXHAUSTION, "R16"]],
    result: "in part",
    because: "how long the rest of the machine waits meanwhile is not measured",
  },
  {
    id: "R17",
    attack: "a node runs out of memory",
    defence: "it ends alone, and says why",
    tests: [[VM_CGROUPS, "out of memory, a launch ends alone and says so"]],
    result: "held",
  },
  {
    id: "R18",
    attack: "a storm of orphans",
    defence: "no zombie stays, and init takes no more memory",
    tests: [[EXHAUSTION, "R18"], ["tests/system/stage_test", "PID 1 reaps 200 orphans"]],
    result: "held",
  },
  {
    id: "R19",
    attack: "a storm of signals",
    defence: "the exit status is the program's",
    tests: [["tests/security/launch_test", "E16"]],
    result: "held",
  },
  {
    id: "R20",
    attack: "the clock jumps",
    defence: "what waits does so by the monotonic clock; processes are known by their start in ticks since boot",
    tests: [[VM_FAULTS, "R20"], ["tests/system/life_test", "a record is never believed alone"]],
    result: "held",
  },
  {
    id: "R21",
    attack: "the root file system is read-only",
    defence: "nodes start as ever",
    tests: [["tests/system/binary_test", "it runs on a read-only root"]],
    result: "held",
  },
  {
    id: "R22",
    attack: "/run, /tmp and /dev/shm are full",
    defence: "a node starts as ever, or is refused",
    tests: [[EXHAUSTION, "R22"]],
    result: "held",
  },
  {
    id: "R23",
    attack: "there are too few descriptors, processes or mounts",
    defence: "a node starts as ever, or is refused, and starts when there are more",
    tests: [
      [EXHAUSTION, "R23 with few descriptors"],
      [EXHAUSTION, "R23 with few processes"],
      [VM_FAULTS, "R23 with few mounts"],
      [VM_FAULTS, "R23 with few processes"],
    ],
    result: "held",
  },
  {
    id: "R24",
    attack: "a plan, a sealed launcher or the record of a node is cut or has a flipped bit, a configuration is damaged",
    defence:
      "plans and records have checksums, looked at before anything of them counts; what is no configuration is " +
      "refused with its place",
    tests: [
      ["tests/system/malformed_plan_test", "a plan that ends anywhere too early is refused"],
      ["tests/system/malformed_plan_test", "a plan with a flipped bit is refused"],
      ["tests/system/malformed_plan_test", "a plan with a flipped bit and the right checksum"],
      ["src/launch/run_record_test", "R24 a record with a flipped bit"],
      ["tests/system/life_test", "R24 a damaged record is never believed"],
      ["src/config/parse_property_test", "a valid file with pieces put in, cut out or moved"],
    ],
    result: "in part",
    because:
      "a configuration that was cut where a shorter one could end, or whose flipped bit makes another value, is one; " +
      "`run --require-certificate` refuses it",
  },
  {
    id: "R25",
    attack: "a plan or file of another version",
    defence: "formats have a version, and others are refused",
    tests: [["src/plan/binary_format_test", "a field that makes no sense is refused"]],
    result: "held",
  },
  {
    id: "R26",
    attack: "a file or command that a launch needs, or a script of a package, never answers",
    defence:
      "commands and scripts have a time limit; a configuration that is no file is refused without being waited for",
    tests: [
      [EXHAUSTION, "R26"],
      ["src/launch/run_commands_test", "a command that takes too long is killed"],
      [
        "tests/rpm/script_test",
        "a script that does not end is killed, with everything that it has started, and nothing is changed",
      ],
    ],
    result: "in part",
    because: "a disk that hangs holds up whoever reads from it",
  },
];
