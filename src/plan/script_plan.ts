import { ADMIN_FILES, NORMAL_FILES, STATE_DIRECTORY, STATUS_FILE } from "../config/node_files.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import type { MountOption, Operation } from "./operation.ts";
import type { Plan } from "./plan.ts";

/** What stands in the place of a node's content while its packages are changed. */
export interface StagedContent {
  /** Path of the node. */
  readonly node: string;
  /** Path of the directory. */
  readonly root: string;
  /** Names of what is in it, relative to the node. */
  readonly contents: readonly string[];
  /** Directory in it that can only be read, relative to the node. */
  readonly readOnly: string;
}

/** What is run there. */
export interface ScriptProgram {
  /** The text of a script, and where its interpreter finds it; absent where the program is called without one. */
  readonly script?: { readonly destination: string; readonly text: string };
  /** Variables beside those of the node. */
  readonly environment: readonly string[];
}

/**
 * The plan of a launch in which a script of a package is run. It sees the staged content where the node would see its own,
 * and can write there as the node could; everything else that is the host's or another node's can only be read, for what is
 * written there could not be taken back. Modes of new files are those of librpm's umask, and it begins in the root
 * directory, as with librpm.
 */
export function scriptPlan(plan: Plan, staged: StagedContent, { script, environment }: ScriptProgram): Plan {
  return {
    ...plan,
    operations: plan.operations.flatMap((operation): Operation[] => {
      switch (operation.operation) {
        case "ensure-directory":
          return stageDirectory(operation, staged);
        case "bind":
          return stageBind(operation, staged);
        case "root":
          return script === undefined ? [operation] : [operation, scriptFile(operation, script)];
        case "umask":
          return [{ ...operation, mask: 0o022 }];
        case "chdir":
          return [{ ...operation, directories: ["/"] }];
        case "exec":
          return [{ ...operation, environment: [...operation.environment, ...environment] }];
        default:
          return [operation];
      }
    }),
  };
}

function scriptFile(
  { phase, uid, gid }: Operation<"root">,
  { destination, text }: NonNullable<ScriptProgram["script"]>,
): Operation {
  return { operation: "file", phase, content: { text }, destination, mode: 0o500, uid, gid };
}

/** What decides about the node: staged content has none of it, and never gets it. */
const DECIDING: readonly string[] = [STATUS_FILE, STATE_DIRECTORY, ...NORMAL_FILES, ...ADMIN_FILES];

/** Where a path of the host is taken from; `undefined`: nowhere. */
type Place = { readonly kind: "outside" } | { readonly kind: "staged"; readonly path: string; readonly below: string };

function placeOf(path: string, { node, root, contents }: StagedContent): Place | undefined {
  const normal = normalizePath(path);
  if (!isWithin(normal, node)) return { kind: "outside" };
  const below = normal.slice(node.length + 1);
  if (DECIDING.includes(below)) return undefined;
  if (below === "") return { kind: "staged", path: root, below };
  const isStaged = contents.some((name) => isWithin(below, name));
  return isStaged ? { kind: "staged", path: `${root}/${below}`, below } : { kind: "outside" };
}

function stageDirectory(operation: Operation<"ensure-directory">, staged: StagedContent): Operation[] {
  const place = placeOf(operation.path, staged);
  if (place === undefined) return [];
  return [place.kind === "staged" ? { ...operation, path: place.path } : operation];
}

function stageBind(operation: Operation<"bind">, staged: StagedContent): Operation[] {
  const { source, options, destination } = operation;
  if (!("path" in source)) return [operation];
  const place = placeOf(source.path, staged);
  if (place === undefined) return [];
  if (place.kind === "outside") return [isWithin(source.path, "/dev") ? operation : readOnly(operation)];
  const moved = { ...operation, source: { path: place.path } };
  if (options.includes("ro") || !isWithin(staged.readOnly, place.below) && place.below !== "") return [moved];
  const rest = place.below === "" ? `/${staged.readOnly}` : staged.readOnly.slice(place.below.length);
  return [
    moved,
    { ...readOnly(moved), source: { path: `${place.path}${rest}` }, destination: `${destination}${rest}` },
  ];
}

function readOnly(operation: Operation<"bind">): Operation<"bind"> {
  if (operation.options.includes("ro")) return operation;
  const options: readonly MountOption[] = ["ro", ...operation.options];
  return { ...operation, options };
}
