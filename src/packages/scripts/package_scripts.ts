import { RPMFILE_STATE, RPMSCRIPT_FLAG, RPMSENSE } from "../../../ffi/librpm/constants.ts";
import type { Header } from "../../../ffi/librpm/header.ts";
import { type Nevra, nevraOf } from "../database/installed_package.ts";

/** Scripts of a package, by their names in spec files. */
const SCRIPT_TAGS = {
  "%pretrans": "PRETRANS",
  "%pre": "PREIN",
  "%post": "POSTIN",
  "%preun": "PREUN",
  "%postun": "POSTUN",
  "%posttrans": "POSTTRANS",
  "%preuntrans": "PREUNTRANS",
  "%postuntrans": "POSTUNTRANS",
} as const;
export type ScriptName = keyof typeof SCRIPT_TAGS;

/** Those whose failure keeps the package from being changed; of others it is a warning, `lib/rpmscript.c`. */
const CRITICAL: readonly ScriptName[] = ["%pretrans", "%pre", "%preun", "%preuntrans"];

/** When a trigger is run: before or after the other package comes, before or after it goes. */
export const SENSES = {
  prein: RPMSENSE.TRIGGERPREIN,
  in: RPMSENSE.TRIGGERIN,
  un: RPMSENSE.TRIGGERUN,
  postun: RPMSENSE.TRIGGERPOSTUN,
} as const;
export type Sense = keyof typeof SENSES;

/** A program that a package wants to be run. */
export interface Script {
  /** The interpreter, and the arguments that come before the script. */
  readonly program: readonly string[];
  /** `undefined`: the program is called without any, and without arguments. */
  readonly body: string | undefined;
  readonly isCritical: boolean;
  /** librpm would expand macros or a query format in it first. */
  readonly isTemplate: boolean;
}

/** Something with a version, as a package provides it or a trigger asks for it: flags are those of `RPMSENSE`. */
export interface Relation {
  readonly name: string;
  readonly flags: number;
  /** `[epoch:]version[-release]`; empty for any. */
  readonly version: string;
}

/** What sets a trigger off; several can share a script. */
export interface TriggerCondition extends Relation {
  /** Place of the script among those of its package. */
  readonly script: number;
}

export interface FileTrigger {
  /** Beginnings of paths. */
  readonly prefixes: readonly string[];
  readonly flags: number;
  readonly priority: number;
  readonly script: Script;
}

/** What a package has a transaction run, and what of it makes other packages' triggers run. */
export interface PackageScripts {
  readonly package: Nevra;
  /** What it provides by its own name. */
  readonly provides: readonly Relation[];
  readonly files: readonly string[];
  readonly scripts: Readonly<Partial<Record<ScriptName, Script>>>;
  readonly triggers: readonly TriggerCondition[];
  readonly triggerScripts: readonly Script[];
  readonly fileTriggers: readonly FileTrigger[];
  readonly transactionFileTriggers: readonly FileTrigger[];
  /** Where its relocatable parts are, for RPM_INSTALL_PREFIX. */
  readonly prefixes: readonly string[];
}

const ON_DISK: readonly number[] = [RPMFILE_STATE.NORMAL, RPMFILE_STATE.NETSHARED];
const DEFAULT_PROGRAM = "/bin/sh";

/** @param withFiles whether its files are listed, which only file triggers ask for */
export function packageScripts(header: Header, withFiles: boolean): PackageScripts {
  const nevra = nevraOf(header);
  return {
    package: nevra,
    provides: readRelations(header, "PROVIDE").filter(({ name }) => name === nevra.name),
    files: withFiles ? readFiles(header) : [],
    scripts: readScripts(header),
    ...readTriggers(header),
    fileTriggers: readFileTriggers(header, "FILETRIGGER"),
    transactionFileTriggers: readFileTriggers(header, "TRANSFILETRIGGER"),
    prefixes: header.texts("INSTPREFIXES"),
  };
}

export function hasFileTriggers({ fileTriggers, transactionFileTriggers }: PackageScripts): boolean {
  return fileTriggers.length > 0 || transactionFileTriggers.length > 0;
}

/** Those that are on the disk; a package that is not installed has no states yet. */
function readFiles(header: Header): string[] {
  const states = header.numbers("FILESTATES");
  return header.texts("FILENAMES").filter((_, at) => ON_DISK.includes(states[at] ?? RPMFILE_STATE.NORMAL));
}

function readScripts(header: Header): PackageScripts["scripts"] {
  const scripts: Partial<Record<ScriptName, Script>> = {};
  for (const [name, tag] of Object.entries(SCRIPT_TAGS) as [ScriptName, (typeof SCRIPT_TAGS)[ScriptName]][]) {
    if (!header.has(tag) && !header.has(`${tag}PROG`)) continue;
    const program = header.texts(`${tag}PROG`);
    const body = header.has(tag) ? header.text(tag) : undefined;
    scripts[name] = makeScript(program, body, header.number(`${tag}FLAGS`), CRITICAL.includes(name));
  }
  return scripts;
}

function readTriggers(header: Header): Pick<PackageScripts, "triggers" | "triggerScripts"> {
  const indices = header.numbers("TRIGGERINDEX");
  const triggers = readRelations(header, "TRIGGER").map((relation, at) => ({ ...relation, script: indices[at] ?? 0 }));
  return { triggers, triggerScripts: readTriggerScripts(header, "TRIGGER") };
}

function readTriggerScripts(header: Header, kind: "TRIGGER" | "FILETRIGGER" | "TRANSFILETRIGGER"): Script[] {
  const bodies = header.texts(`${kind}SCRIPTS`);
  const flags = header.numbers(`${kind}SCRIPTFLAGS`);
  return header.texts(`${kind}SCRIPTPROG`).map((program, at) =>
    makeScript([program], bodies[at] ?? "", flags[at] ?? 0, false)
  );
}

function readFileTriggers(header: Header, kind: "FILETRIGGER" | "TRANSFILETRIGGER"): FileTrigger[] {
  const names = header.texts(`${kind}NAME`);
  const indices = header.numbers(`${kind}INDEX`);
  const flags = header.numbers(`${kind}FLAGS`);
  const priorities = header.numbers(`${kind}PRIORITIES`);
  return readTriggerScripts(header, kind).map((script, index) => {
    const places = indices.flatMap((each, at) => each === index ? [at] : []);
    return {
      prefixes: places.map((at) => names[at] ?? ""),
      flags: flags[places[0] ?? -1] ?? 0,
      priority: priorities[index] ?? 0,
      script,
    };
  });
}

function readRelations(header: Header, kind: "PROVIDE" | "TRIGGER"): Relation[] {
  const flags = header.numbers(`${kind}FLAGS`);
  const versions = header.texts(`${kind}VERSION`);
  return header.texts(`${kind}NAME`).map((name, at) => ({ name, flags: flags[at] ?? 0, version: versions[at] ?? "" }));
}

function makeScript(program: readonly string[], body: string | undefined, flags: number, isCritical: boolean): Script {
  return {
    program: program.length === 0 ? [DEFAULT_PROGRAM] : program,
    body,
    isCritical: isCritical || (flags & RPMSCRIPT_FLAG.CRITICAL) !== 0,
    isTemplate: (flags & (RPMSCRIPT_FLAG.EXPAND | RPMSCRIPT_FLAG.QFORMAT)) !== 0,
  };
}
