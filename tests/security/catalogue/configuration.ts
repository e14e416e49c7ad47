import type { Entry } from "./catalogue.ts";

const LOOSENINGS = "src/proof/find_loosenings_exports_test";
const PROPERTY = "src/proof/find_loosenings_property_test";
const YAML = "src/config/yaml_test";

export const CONFIGURATION: readonly Entry[] = [
  {
    id: "G01",
    attack: "a child allows itself what a parent forbids",
    defence: "one proof for check, plan and launch: no child is looser than its parent",
    tests: [[PROPERTY, "a family without findings is a Russian doll"], [
      "tests/system/russian_doll_test",
      "check lists",
    ]],
    result: "held",
  },
  {
    id: "G02",
    attack: "a child mounts over or inside of what its parent protects",
    defence: "compared by what shows at each place",
    tests: [
      [LOOSENINGS, "what a parent protects below a writable export stays protected"],
      [LOOSENINGS, "read-only stays read-only"],
    ],
    result: "held",
  },
  {
    id: "G03",
    attack: "a child exports what an ancestor keeps private",
    defence: "private paths are not for children, whatever they are called",
    tests: [[LOOSENINGS, "what a parent keeps private is not for its children"]],
    result: "in part",
    because: "paths are compared as text: links and bind mounts of the host are other names",
  },
  {
    id: "G04",
    attack: "a directory above a node belongs to somebody else, or is a link",
    defence: "every directory up to / belongs to root or the user, and is writable by nobody else",
    tests: [["src/store/trust_test", "a directory above the node that others can write"]],
    result: "held",
  },
  {
    id: "G05",
    attack: "an alias that is a path, an option, a control character",
    defence: "lower-case letters, digits and _ . -, 63 at most",
    tests: [["src/config/parse_errors_test", "says what is wrong"], [
      "src/config/yaml_text_test",
      "is refused as an escape",
    ]],
    result: "held",
  },
  {
    id: "G06",
    attack: "YAML that is read as something else: 0755, no, 1.10",
    defence: "scalars are texts, read by the key's own rule",
    tests: [[YAML, "the scalar"]],
    result: "held",
  },
  {
    id: "G07",
    attack: "a key twice, merge keys, anchors",
    defence: "refused",
    tests: [[YAML, "compat refuses merge keys too"], ["src/config/parse_errors_test", "all mistakes of a file"]],
    result: "held",
  },
  {
    id: "G08",
    attack: "YAML bombs",
    defence: "64 KiB, sixteen levels, no aliases, a limit of values",
    tests: [[YAML, "aliases of aliases cannot grow"], [YAML, "nesting ends at sixteen levels"], [
      "src/config/yaml_text_test",
      "64 KiB are read",
    ]],
    result: "held",
  },
  {
    id: "G09",
    attack: "__proto__ and constructor as keys",
    defence: "objects without prototype; unknown keys are refused",
    tests: [["src/config/parse_test", "names from the bottom of objects"]],
    result: "held",
  },
  {
    id: "G10",
    attack: "a misspelt key is passed over",
    defence: "unknown keys are errors",
    tests: [["src/config/parse_property_test", "a file in which any key has one letter changed"]],
    result: "held",
  },
  {
    id: "G11",
    attack: "variables change a value after it was checked",
    defence: "expanded first, checked then; the output of commands is judged before it is used",
    tests: [["src/config/expand_test", "the output of a command is not expanded"], [
      "tests/system/russian_doll_test",
      "a source that a command finds out is judged before",
    ]],
    result: "held",
  },
  {
    id: "G12",
    attack: "a configuration that others can write, or that changes while it is read",
    defence: "opened once without links; owner and mode of what was opened",
    tests: [["tests/system/run_test", "a configuration that others can write is refused"], [
      "src/store/trust_test",
      "another user's configuration",
    ]],
    result: "held",
  },
  {
    id: "G13",
    attack: "a configuration comes in a package",
    defence:
      "neither packages, their scripts nor programs of the node can write what decides about it; nodes in it are held to its own",
    tests: [
      ["tests/rpm/script_attack_test", "what decides about the node is not made by a script"],
      ["tests/security/own_files_test", "A18 a program that can write"],
      ["tests/security/own_files_test", "A18 a node that a program makes"],
    ],
    result: "held",
  },
  {
    id: "G14",
    attack: "a text reaches another interpreter: sysctl, group names, host name",
    defence: "each value has a type and a rule for where it goes",
    tests: [
      ["src/plan/build_test", "G14 a host name of other letters"],
      ["src/plan/cgroup_values_test", "no text makes a reader fail"],
      ["tests/system/cli_test", "control characters of a configuration"],
    ],
    result: "held",
  },
  {
    id: "G15",
    attack: "NUL and control characters hide what is meant",
    defence: "refused where they stand, escaped or not",
    tests: [["src/config/parse_property_test", "a NUL anywhere is refused"], [
      "src/config/yaml_text_test",
      "is refused in texts, keys and remarks",
    ]],
    result: "held",
  },
  {
    id: "G16",
    attack: "switches and variables that weaken silently",
    defence: "compatibility warns of each loosening, and never opens the host policy",
    tests: [
      ["tests/system/policy_test", "a descendant is judged, whatever its parents allow"],
      ["tests/system/russian_doll_test", "with --compat each place is a warning"],
    ],
    result: "held",
  },
  {
    id: "G17",
    attack: "numbers that overflow, are negative or no numbers",
    defence: "each has a range",
    tests: [["src/plan/cgroup_values_test", "no text makes a reader fail"], [
      "tests/system/cgroups_test",
      "a value that no file",
    ]],
    result: "held",
  },
  {
    id: "G18",
    attack: "patterns that take for ever",
    defence: "configurations have no patterns",
    result: "outside",
    because: "there is nothing to attack",
  },
  {
    id: "G19",
    attack: "an ancestor's configuration changes while a child runs",
    defence: "a node keeps its plan; audit compares",
    tests: [["tests/system/audit_test", "an untouched node"]],
    result: "held",
  },
];
