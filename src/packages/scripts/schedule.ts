import type { Nevra } from "../database/installed_package.ts";
import { type CompareVersions, matchesTrigger } from "./matches_trigger.ts";
import {
  type FileTrigger,
  hasFileTriggers,
  type PackageScripts,
  type Script,
  type ScriptName,
  type Sense,
  SENSES,
} from "./package_scripts.ts";

/** A script that is to be run. */
export interface ScriptCall {
  /** Whose script it is. */
  readonly package: Nevra;
  /** As in a spec file: `%post`, `%triggerin`, `%transfiletriggerpostun`. */
  readonly kind: string;
  readonly script: Script;
  /** How many instances of its package there are when all is done; of a trigger, of that which sets it off as well. */
  readonly arguments: readonly number[];
  /** Paths that a file trigger reads, a line each. */
  readonly input: readonly string[];
  readonly prefixes: readonly string[];
}

/** What is done to one package, in the order of librpm. */
export interface ScriptedElement {
  readonly kind: "added" | "removed";
  readonly scripts: PackageScripts;
  /** Of what is added: something else goes in its favour. */
  readonly replaces: boolean;
}

/** All scripts of a transaction, by the moments that they are run at. */
export interface Schedule {
  /** Before anything is changed. */
  readonly begin: readonly ScriptCall[];
  /**
   * For each element: before its files are put in place or removed, and afterwards; what is installed is in the database
   * by then, and what is erased still is.
   */
  readonly elements: readonly { readonly before: readonly ScriptCall[]; readonly after: readonly ScriptCall[] }[];
  /** When everything is changed. */
  readonly end: readonly ScriptCall[];
}

export function callsOf({ begin, elements, end }: Schedule): ScriptCall[] {
  return [...begin, ...elements.flatMap(({ before, after }) => [...before, ...after]), ...end];
}

/**
 * Which scripts are run when, and with what arguments: as librpm 4.18 has it (`lib/psm.c`, `lib/rpmtriggers.c` and
 * `rpmtsRun`). Pure: what the database will say at each moment follows from what it says before.
 *
 * @param installed the packages of the database, in its order
 * @param elements in the order that librpm works in; what is removed is one of `installed`, by its name and version
 */
export function scheduleScripts(
  installed: readonly PackageScripts[],
  elements: readonly ScriptedElement[],
  compare: CompareVersions,
): Schedule {
  return new Scheduler(installed, elements, compare).run();
}

/** A package of the database; `instance` is the number of its header there. */
interface Entry {
  readonly instance: number;
  readonly scripts: PackageScripts;
}

interface FoundTrigger extends Entry {
  readonly index: number;
  readonly trigger: FileTrigger;
}

/** File triggers are run before the scripts of a package from this priority on, after them below it. */
const PRIORITY_BOUND = 10_000;
type PriorityClass = "any" | "upper" | "lower";

class Scheduler {
  #database: Entry[];
  #instances: number;
  /** Those of this transaction, by their instances. */
  readonly #added = new Set<number>();
  readonly #removed = new Set<number>();
  readonly #leaving: ReadonlyMap<ScriptedElement, Entry>;
  /** `%transfiletriggerpostun` of files that are gone. */
  readonly #pending: FoundTrigger[] = [];
  readonly #hasFileTriggers: boolean;
  /** Paths that somebody has when all is done: with a former version of a package they do not go. */
  readonly #staying: ReadonlySet<string>;
  #calls: ScriptCall[] = [];

  constructor(
    installed: readonly PackageScripts[],
    readonly elements: readonly ScriptedElement[],
    readonly compare: CompareVersions,
  ) {
    this.#database = installed.map((scripts, at) => ({ instance: at + 1, scripts }));
    this.#instances = installed.length;
    this.#leaving = this.#findLeaving();
    for (const { instance } of this.#leaving.values()) this.#removed.add(instance);
    const added = elements.filter(({ kind }) => kind === "added").map(({ scripts }) => scripts);
    this.#hasFileTriggers = [...installed, ...added].some(hasFileTriggers);
    const remaining = this.#database.filter(({ instance }) => !this.#removed.has(instance));
    this.#staying = new Set([...remaining.map(({ scripts }) => scripts), ...added].flatMap(({ files }) => files));
  }

  #findLeaving(): Map<ScriptedElement, Entry> {
    const leaving = new Map<ScriptedElement, Entry>();
    for (const element of this.elements) {
      if (element.kind !== "removed") continue;
      const { name, evr, arch } = element.scripts.package;
      const entry = this.#database.find(({ scripts: { package: one } }) =>
        one.name === name && one.evr === evr && one.arch === arch
      );
      if (entry === undefined) throw new Error(`"${name}" is not installed`);
      leaving.set(element, entry);
    }
    return leaving;
  }

  run(): Schedule {
    return {
      begin: this.#collect(() => this.#begin()),
      elements: this.elements.map((element) =>
        element.kind === "added" ? this.#install(element) : this.#erase(element)
      ),
      end: this.#collect(() => this.#end()),
    };
  }

  #collect(step: () => void): ScriptCall[] {
    this.#calls = [];
    step();
    return this.#calls;
  }

  #each(kind: ScriptedElement["kind"], step: (scripts: PackageScripts, element: ScriptedElement) => void): void {
    for (const element of this.elements) if (element.kind === kind) step(element.scripts, element);
  }

  #begin(): void {
    this.#each("added", (one) => this.#script(one, "%pretrans", this.#count(one) + 1));
    this.#each("removed", (one) => this.#script(one, "%preuntrans", this.#count(one) - 1));
    this.#transactionTriggers("un", this.#removed);
    this.#each("removed", (one) => this.#ownFileTriggers("transfiletrigger", one, "un", "any"));
  }

  #install({ scripts }: ScriptedElement): Schedule["elements"][number] {
    const before = this.#collect(() => {
      this.#othersTriggers("prein", scripts, 0);
      this.#ownTriggers("prein", scripts, 0);
      this.#script(scripts, "%pre", this.#count(scripts) + 1);
    });
    const instance = ++this.#instances;
    this.#database.push({ instance, scripts });
    this.#added.add(instance);
    const after = this.#collect(() => {
      this.#fileTriggers(scripts.files, "in", "upper");
      this.#ownFileTriggers("filetrigger", scripts, "in", "upper");
      this.#script(scripts, "%post", this.#count(scripts));
      this.#othersTriggers("in", scripts, 0);
      this.#ownTriggers("in", scripts, 0);
      this.#fileTriggers(scripts.files, "in", "lower");
      this.#ownFileTriggers("filetrigger", scripts, "in", "lower");
    });
    return { before, after };
  }

  #erase(element: ScriptedElement): Schedule["elements"][number] {
    const entry = this.#leaving.get(element)!;
    const { scripts } = entry;
    const files = this.#hasFileTriggers ? scripts.files.filter((path) => !this.#staying.has(path)) : [];
    const before = this.#collect(() => {
      this.#ownFileTriggers("filetrigger", scripts, "un", "upper");
      this.#fileTriggers(files, "un", "upper");
      this.#ownTriggers("un", scripts, -1);
      this.#othersTriggers("un", scripts, -1);
      this.#script(scripts, "%preun", this.#count(scripts) - 1);
      this.#ownFileTriggers("filetrigger", scripts, "un", "lower");
      this.#fileTriggers(files, "un", "lower");
    });
    const after = this.#collect(() => {
      this.#fileTriggers(files, "postun", "upper");
      this.#script(scripts, "%postun", this.#count(scripts) - 1);
      this.#othersTriggers("postun", scripts, -1);
      this.#fileTriggers(files, "postun", "lower");
    });
    this.#prepareTransactionPostun(scripts);
    this.#database = this.#database.filter((one) => one !== entry);
    return { before, after };
  }

  #end(): void {
    this.#each("added", (one, { replaces }) => this.#script(one, "%posttrans", this.#count(one) + Number(replaces)));
    this.#each("removed", (one) => this.#script(one, "%postuntrans", this.#count(one)));
    this.#transactionTriggers("in", this.#added);
    for (const { instance, scripts, trigger } of sortTriggers(this.#pending)) {
      if (this.#database.some((one) => one.instance === instance)) {
        this.#fileTrigger("transfiletrigger", scripts, trigger, "postun", []);
      }
    }
    this.#each("added", (one) => this.#ownFileTriggers("transfiletrigger", one, "in", "any"));
  }

  #count({ package: { name } }: PackageScripts): number {
    return this.#named(name).length;
  }

  #named(name: string): Entry[] {
    return this.#database.filter(({ scripts }) => scripts.package.name === name);
  }

  #script(owner: PackageScripts, kind: ScriptName, argument: number): void {
    const script = owner.scripts[kind];
    if (script !== undefined) this.#call(owner, kind, script, [argument]);
  }

  #call(
    owner: PackageScripts,
    kind: string,
    script: Script,
    args: readonly number[],
    input: readonly string[] = [],
  ): void {
    this.#calls.push({ package: owner.package, kind, script, arguments: args, input, prefixes: owner.prefixes });
  }

  /** Triggers of packages in the database that this package sets off. */
  #othersTriggers(sense: Sense, source: PackageScripts, correction: number): void {
    const { name } = source.package;
    const count = this.#count(source) + correction;
    for (const { scripts } of this.#database) {
      if (scripts.triggers.some((condition) => condition.name === name)) {
        this.#trigger(sense, source, scripts, 0, count);
      }
    }
  }

  /** Triggers of this package that packages in the database set off. */
  #ownTriggers(sense: Sense, owner: PackageScripts, correction: number): void {
    const done = new Set<number>();
    for (const { name, script } of owner.triggers) {
      if (done.has(script)) continue;
      const sources = this.#named(name);
      for (const source of sources) this.#trigger(sense, source.scripts, owner, correction, sources.length, done);
    }
  }

  /** The first condition that is met counts, and no other. */
  #trigger(
    sense: Sense,
    source: PackageScripts,
    owner: PackageScripts,
    correction: number,
    count: number,
    done?: Set<number>,
  ): void {
    const met = owner.triggers.find((condition) =>
      (condition.flags & SENSES[sense]) !== 0 && condition.name === source.package.name &&
      source.provides.some((provided) => matchesTrigger(provided, condition, this.compare))
    );
    if (met === undefined || done?.has(met.script) === true) return;
    done?.add(met.script);
    const script = owner.triggerScripts[met.script];
    if (script !== undefined) this.#call(owner, `%trigger${sense}`, script, [this.#count(owner) + correction, count]);
  }

  /** File triggers of packages in the database that files of one of them set off; its own as well. */
  #fileTriggers(files: readonly string[], sense: Sense, priorities: PriorityClass): void {
    const found = this.#database.flatMap((entry) =>
      entry.scripts.fileTriggers.map((trigger, index) => ({ ...entry, index, trigger }))
    );
    for (const { scripts, trigger } of sortTriggers(found)) {
      if (!isMeant(trigger, sense, priorities)) continue;
      this.#fileTrigger("filetrigger", scripts, trigger, sense, filesBelow(trigger, () => [files]));
    }
  }

  /**
   * File triggers of this package, that files of all packages in the database set off. Its own have set them off before,
   * where it has just been installed.
   */
  #ownFileTriggers(
    kind: "filetrigger" | "transfiletrigger",
    owner: PackageScripts,
    sense: Sense,
    priorities: PriorityClass,
  ): void {
    const except = kind === "filetrigger" && sense === "in" ? owner : undefined;
    const triggers = kind === "filetrigger" ? owner.fileTriggers : owner.transactionFileTriggers;
    const found = triggers.map((trigger, index) => ({ instance: 0, scripts: owner, index, trigger }));
    for (const { trigger } of sortTriggers(found)) {
      if (!isMeant(trigger, sense, priorities)) continue;
      this.#fileTrigger(
        kind,
        owner,
        trigger,
        sense,
        filesBelow(trigger, (prefix) => this.#having(prefix, undefined, except)),
      );
    }
  }

  /** `%transfiletrigger…` of packages that stay, that files of this transaction set off. */
  #transactionTriggers(sense: Sense, instances: ReadonlySet<number>): void {
    const found = this.#database
      .filter(({ instance }) => !this.#added.has(instance) && !this.#removed.has(instance))
      .flatMap((entry) =>
        entry.scripts.transactionFileTriggers.map((trigger, index) => ({ ...entry, index, trigger }))
      );
    for (const { scripts, trigger } of sortTriggers(found)) {
      if (!isMeant(trigger, sense, "any")) continue;
      const files = filesBelow(trigger, (prefix) => this.#having(prefix, instances));
      this.#fileTrigger("transfiletrigger", scripts, trigger, sense, files);
    }
  }

  /** As librpm finds them by directories: a beginning that is longer than these finds nothing. */
  #having(prefix: string, instances?: ReadonlySet<number>, except?: PackageScripts): (readonly string[])[] {
    return this.#database
      .filter(({ instance, scripts }) =>
        scripts !== except && (instances === undefined || instances.has(instance)) &&
        scripts.files.some((path) => path.slice(0, path.lastIndexOf("/") + 1).startsWith(prefix))
      )
      .map(({ scripts }) => scripts.files);
  }

  #fileTrigger(
    kind: "filetrigger" | "transfiletrigger",
    owner: PackageScripts,
    { script }: FileTrigger,
    sense: Sense,
    input: readonly string[],
  ): void {
    if (input.length > 0 || kind === "transfiletrigger" && sense === "postun") {
      this.#call(owner, `%${kind}${sense}`, script, [0], input);
    }
  }

  /** Files are found while they are in the database; by the package that has the trigger, as librpm does. */
  #prepareTransactionPostun({ files }: PackageScripts): void {
    for (const entry of this.#database) {
      const { transactionFileTriggers: triggers } = entry.scripts;
      const isSet = triggers.some(({ prefixes }) =>
        prefixes.some((prefix) => files.some((path) => path.startsWith(prefix)))
      );
      if (!isSet) continue;
      triggers.forEach((trigger, index) => {
        if (!isMeant(trigger, "postun", "any")) return;
        if (this.#pending.some((one) => one.instance === entry.instance && one.index === index)) return;
        this.#pending.push({ ...entry, index, trigger });
      });
    }
  }
}

function isMeant({ flags, priority }: FileTrigger, sense: Sense, priorities: PriorityClass): boolean {
  if ((flags & SENSES[sense]) === 0) return false;
  return priorities === "any" || (priority >= PRIORITY_BOUND) === (priorities === "upper");
}

function filesBelow(trigger: FileTrigger, having: (prefix: string) => readonly (readonly string[])[]): string[] {
  return trigger.prefixes.flatMap((prefix) =>
    having(prefix).flatMap((files) => files.filter((path) => path.startsWith(prefix)))
  );
}

/** The highest priority first, then by the order of the database, and in a package as they stand there. */
function sortTriggers(triggers: readonly FoundTrigger[]): FoundTrigger[] {
  return [...triggers].sort((one, other) =>
    other.trigger.priority - one.trigger.priority || one.instance - other.instance || one.index - other.index
  );
}
