import type { CommandOutputs, Facts } from "../config/facts.ts";
import type { MergedConfig, MergedExport } from "../config/merged.ts";
import type { ExportMode, Sharing } from "../config/schema.ts";

export interface BwrapRequest {
  /** The program and its arguments. */
  readonly arguments: readonly string[];
  readonly facts: Facts;
  /** Outputs of the configuration's commands, as far as they have been run. */
  readonly outputs?: CommandOutputs;
}

/** A launch as redpak 2.5 would leave it to bubblewrap. */
export interface BwrapLaunch {
  /** The words of the command before bubblewrap: programs that do what it cannot, each starting the next. */
  readonly before: readonly string[];
  /** Up to the program, in the documented order. */
  readonly options: readonly string[];
  readonly program: readonly string[];
  /** What bubblewrap reads from descriptors of its own: the output of a command, from 3 upwards. */
  readonly files: readonly { readonly descriptor: number; readonly command: string; readonly output?: string }[];
  /** What stands as `$(command)` in the options; final newlines of its output count, or are stripped. */
  readonly commands: readonly { readonly command: string; readonly stripped: boolean }[];
  /** Sources that are made as directories where they are missing, before bubblewrap starts. */
  readonly directories: readonly string[];
  /** The environment that bubblewrap starts from is the launcher's, and not empty. */
  readonly inheritEnvironment: boolean;
}

/** The first descriptor after standard input, output and error. */
const FIRST_DESCRIPTOR = 3;

/**
 * The merged configuration as arguments for bubblewrap, in the order of redpak 2.5's `redwrap`: bubblewrap works through
 * them from first to last. Pure; a command that has not been run stands as `$(command)`.
 *
 * What redpak 2.5 did without bubblewrap has no argument: ids, Smack label, joined namespaces, time, cgroups, umask.
 */
export function bwrapLaunch(merged: MergedConfig, request: BwrapRequest): BwrapLaunch {
  const { scalars } = merged;
  const files: BwrapLaunch["files"][number][] = [];
  const hostname = scalars.hostname?.value;
  const chdir = scalars.chdir?.value;
  const options = [
    ...merged.exports.flatMap(({ value }) => {
      if (value.mode !== "Execfd") return exportArguments(value);
      const descriptor = FIRST_DESCRIPTOR + files.length;
      const output = request.outputs?.get(value.path);
      files.push({ descriptor, command: value.path, ...output === undefined ? {} : { output } });
      return ["--file", String(descriptor), value.mount];
    }),
    ...environArguments(merged, request.facts),
    ...merged.capabilities.flatMap(({ value: { cap, add } }) => [add ? "--cap-add" : "--cap-drop", cap]),
    ...hostname === undefined ? [] : ["--unshare-uts", "--hostname", hostname],
    ...chdir === undefined ? [] : ["--chdir", chdir],
    ...scalars["die-with-parent"]?.value === "Enabled" ? ["--die-with-parent"] : [],
    ...scalars["new-session"]?.value === "Enabled" ? ["--new-session"] : [],
    ...namespaceArguments(merged),
    ...searchPath("PATH", merged.path),
    ...searchPath("LD_LIBRARY_PATH", merged.ldpath),
  ];
  const made = merged.exports.filter(({ value }) => CREATED.includes(value.mode) && value.optional !== true);
  return {
    before: [],
    options,
    program: request.arguments,
    files,
    commands: merged.pending.filter(({ use }) => use !== "export").map(({ command, use }) => ({
      command,
      stripped: use === "environ",
    })),
    directories: [...new Set(made.map(({ value }) => value.path))],
    inheritEnvironment: scalars["inherit-env"]?.value === true,
  };
}

const CREATED: readonly ExportMode[] = ["Public", "Restricted", "Private"];

const WRITABLE = "--bind";
const READ_ONLY = "--ro-bind";

/** The option of each mode and whether the source comes before the destination. */
const EXPORT_OPTIONS: Readonly<Record<Exclude<ExportMode, "Execfd">, readonly [option: string, withSource: boolean]>> =
  {
    Public: [WRITABLE, true],
    Private: [WRITABLE, true],
    PublicFile: [WRITABLE, true],
    PrivateFile: [WRITABLE, true],
    Restricted: [READ_ONLY, true],
    RestrictedFile: [READ_ONLY, true],
    PrivateRestricted: [READ_ONLY, true],
    Symlink: ["--symlink", true],
    Internal: ["--file", true],
    Anonymous: ["--dir", false],
    Tmpfs: ["--tmpfs", false],
    Devfs: ["--dev", false],
    Procfs: ["--proc", false],
    Mqueue: ["--mqueue", false],
    Lock: ["--lock-file", false],
  };

function exportArguments({ mode, mount, path, optional }: MergedExport): string[] {
  const [option, withSource] = EXPORT_OPTIONS[mode as Exclude<ExportMode, "Execfd">];
  if (!withSource) return [option, mount];
  return [optional === true ? `${option}-try` : option, path, mount];
}

function environArguments({ environ }: MergedConfig, { env }: Facts): string[] {
  return environ.flatMap(({ value: { mode, key, value } }) => {
    if (mode === "Remove") return ["--unsetenv", key];
    const inherited = mode === "Inherit" && Object.hasOwn(env, key) ? env[key] : undefined;
    return ["--setenv", key, value ?? inherited ?? ""];
  });
}

/** A user namespace beside a time namespace of the node's was made before bubblewrap. */
function namespaceArguments({ sharing }: MergedConfig): string[] {
  const kind = (name: keyof typeof sharing): Sharing => sharing[name]?.value ?? "unset";
  const isNew = (name: keyof typeof sharing) => kind(name) === "unset" || kind(name) === "disabled";
  const timeIsShared = kind("time") === "unset" || kind("time") === "enabled";
  return [
    ...isNew("user") && timeIsShared ? ["--unshare-user"] : [],
    ...isNew("cgroup") ? ["--unshare-cgroup"] : [],
    ...isNew("ipc") ? ["--unshare-ipc"] : [],
    ...isNew("pid") ? ["--unshare-pid"] : [],
    ...isNew("net") ? ["--unshare-net"] : kind("net") === "enabled" ? ["--share-net"] : [],
  ];
}

function searchPath(name: string, elements: MergedConfig["path"]): string[] {
  const text = elements.map(({ value }) => value).join(":");
  return text === "" ? [] : ["--setenv", name, text];
}
