/** What a node has to show: what the arguments and facts of a golden case come to together. */

import assert from "node:assert/strict";
import { normalizePath } from "../../src/core/path.ts";
import type { Fact } from "./_golden_case.ts";

/**
 * Where a node is not what bubblewrap would make of the same arguments, all on purpose. Nowhere else do the checks of
 * this file know better than the dump.
 */
export const DELIBERATE = {
  /** bubblewrap leaves root its capabilities where none is added or dropped. Here nothing is kept that nobody asked for. */
  capabilities: [] as readonly string[],
  /** bubblewrap stays in the session. Here typing into the caller's terminal (TIOCSTI) has to be asked for. */
  session: "new",
  /** bubblewrap passes on what is open. Here a descriptor is a right that nobody gave. */
  descriptors: ["0", "1", "2"],
  /** bubblewrap keeps the launcher's. Here what a program writes does not depend on who starts it. */
  umask: "0022",
  /** bubblewrap binds devices executable. */
  devices: ["rw", "nosuid", "noexec"],
  /** bubblewrap's are executable, and so are redpak's with compatibility. */
  tmpfs: ["rw", "nosuid", "nodev", "noexec"],
  /** bubblewrap has a directory of /dev for shared memory, of mode 0755. Here it is a file system with a size of its own. */
  sharedMemory: "1777",
  /** bubblewrap mounts message queues without options. */
  messageQueues: ["rw", "nosuid", "nodev", "noexec"],
  /** bubblewrap protects the first four, where the launcher could write them. */
  protected: ["sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "dynamic_debug"],
  /** bubblewrap shows what the kernel tells of itself and of the machine. */
  masked: [
    ...["cmdline", "config.gz", "interrupts", "iomem", "ioports", "kallsyms", "kcore", "key-users", "keys", "kmsg"],
    ...["kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "sched_debug", "slabinfo", "timer_list"],
    "vmallocinfo",
  ],
} as const;

/** What the launcher brings along. */
export interface Launcher {
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /**
   * Bubblewrap maps one id, to itself or to 0, and so does redpak 2.5, also with compatibility. Here a node has ids of its own.
   */
  readonly hostIds: boolean;
}

/** A mount that has to be there. */
export interface ExpectedMount {
  readonly type?: string;
  readonly options: readonly string[];
  /** It may be missing: the kernel may not have what it covers. */
  readonly optional?: boolean;
}

/** By place; `/a` and `/a/` are one, whatever the dump calls it. */
export class ExpectedMounts extends Map<string, ExpectedMount> {
  override set(place: string, mount: ExpectedMount): this {
    return super.set(normalizePath(place), mount);
  }
}

export type NamespaceName = "user" | "cgroup" | "ipc" | "pid" | "net" | "uts" | "time" | "mnt";

/** All that the arguments and facts of a case lead to, of what can be compared as a whole. */
export class Expectation {
  readonly tmpfs: ExpectedMount;
  readonly mounts: ExpectedMounts;
  readonly environment: Map<string, string>;
  readonly namespaces = new Map<NamespaceName, string>([["mnt", "new"]]);
  readonly locks: string[] = [];
  capabilities = new Set<string>(DELIBERATE.capabilities);
  session: string = DELIBERATE.session;
  directory: string | undefined;

  constructor(readonly facts: Facts, launcher: Launcher) {
    const options = DELIBERATE.tmpfs.filter((option) => option !== "noexec" || !launcher.hostIds);
    this.tmpfs = { type: "tmpfs", options };
    this.mounts = new ExpectedMounts([["/", this.tmpfs]]);
    this.environment = new Map(facts.has("environment", "inherited") ? Object.entries(launcher.environment) : []);
  }
}

/** The `facts` of a case; each has to be used. */
export class Facts {
  readonly #unused: Set<Fact>;

  constructor(readonly all: readonly Fact[]) {
    this.#unused = new Set(all);
  }

  /** The last word of the fact that begins with these. */
  get(...words: readonly string[]): string | undefined {
    const fact = this.all.find((fact) =>
      fact.words.length === words.length + 1 && words.every((word, at) => fact.words[at] === word)
    );
    if (fact !== undefined) this.#unused.delete(fact);
    return fact?.words.at(-1);
  }

  /** The words after the first of all facts that begin with it. */
  list(word: string): readonly (readonly string[])[] {
    const facts = this.all.filter((fact) => fact.words[0] === word);
    facts.forEach((fact) => this.#unused.delete(fact));
    return facts.map((fact) => fact.words.slice(1));
  }

  /** All words after the first, as one text. */
  text(word: string): string | undefined {
    return this.list(word)[0]?.join(" ");
  }

  has(word: string, value: string): boolean {
    return this.get(word) === value;
  }

  refuseUnused(): void {
    assert.deepEqual([...this.#unused], [], "facts that say nothing");
  }
}
