/** Host phases that the stage does itself: as supervisor, the way root would, or as the init of a new user namespace. */
import { SYSTEM_CALLS } from "../../ffi/libc/system_calls.ts";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import type { Operation } from "../../src/plan/operation.ts";
import { stage } from "./_staged_node.ts";

export interface HostPhase {
  readonly node: string;
  /** What the launcher would do, `unshare` and `make-private` left out. */
  readonly operations: readonly Operation[];
  /** Static, for there need not be anything else in the node. */
  readonly program: string;
  readonly builder: "supervisor" | "init";
}

const ROOT = { uid: 0, gid: 0 };
const PROGRAM = "/.program";
const PROC = "/.proc";

/** Lines of the program about what is there for it alone. */
export const HELPERS = /\/\.pro(?:gram|c)\b|^environment\tPWD=\/$/;

/** An executable that does the host phase and then executes the program in the node. */
export function standalone({ node, operations, program, builder }: HostPhase): Uint8Array {
  const phase = "init";
  const isEarly = ({ operation }: Operation) => operation === "ensure-directory";
  const build: Operation[] = [
    { operation: "make-private", phase },
    ...operations.filter((operation) => !isEarly(operation)).map((operation) => ({ ...operation, phase } as Operation)),
    {
      operation: "bind",
      phase,
      source: { path: program },
      destination: PROGRAM,
      options: ["ro"],
      optional: false,
      isFile: true,
      isDevice: false,
    },
  ];
  const maps = [{ inside: 0, outside: 0, count: 65_536 }];
  const clone = (namespaces: Operation<"clone">["namespaces"]): Operation => ({
    operation: "clone",
    phase,
    namespaces,
    uidMaps: namespaces.includes("user") ? maps : [],
    gidMaps: namespaces.includes("user") ? maps : [],
    denySetgroups: false,
  });
  return attachPlan(
    stage(),
    encodePlan({
      version: 1,
      node,
      alias: "test",
      admin: false,
      pending: [],
      warnings: [],
      operations: [
        ...operations.filter(isEarly).map((operation) => ({ ...operation, phase } as Operation)),
        ...(builder === "supervisor"
          ? [{ operation: "unshare", phase, namespaces: ["mount"] } as const, ...build, clone(["mount"])]
          : [clone(["user", "mount"]), ...build]),
        { operation: "pivot-root", phase },
        // The program reads its mounts in a procfs; nothing of the test is below it.
        {
          operation: "bind",
          phase,
          source: { path: "/proc" },
          destination: PROC,
          options: [],
          optional: false,
          isFile: false,
          isDevice: false,
        },
        { operation: "detach-old-root", phase },
        { operation: "fork", phase },
        { operation: "identity", phase, ...ROOT, groups: [], dropGroups: false },
        { operation: "chdir", phase, directories: ["/"] },
        { operation: "close-descriptors", phase, from: 3 },
        { operation: "exec", phase, arguments: [PROGRAM], environment: [] },
      ],
    }),
  );
}

/** Their numbers on x86_64, for enosys.c. */
export function callNumbers(names: readonly string[]): string[] {
  return names.map((name) => String(SYSTEM_CALLS[name as keyof typeof SYSTEM_CALLS][0]));
}

/** The launcher's code for what the stage says in its own words. */
export function errorOf(stderr: string) {
  const [, message = "", errno = "", rest = ""] = /^redpak: (Cannot .*) \((\w+)\)$([^]*)/m.exec(stderr) ?? [];
  if (message === "") return undefined;
  const [code = "E_LAUNCH"] = HINTS.find(([, hint]) => hint.test(rest)) ?? [];
  return { code, message: `${message} (${errno})`, errno };
}

const HINTS: readonly (readonly [code: string, hint: RegExp])[] = [
  ["E_DESTINATION_SYMLINK", /a link in a directory that programs can write to/],
  ["E_DESTINATION_READ_ONLY", /to be made in a read-only export/],
  ["E_SOURCE_SYMLINK", /a link of \/proc that stands|may lead out of it|others than root could have made/],
  ["E_SOURCE_CHANGED", /it was replaced meanwhile/],
];
