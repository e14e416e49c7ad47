import type { Kernel } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../core/error.ts";
import type { Operation } from "../plan/operation.ts";
import type { Plan } from "../plan/plan.ts";
import { type CgroupBase, openCgroupBase } from "./cgroup_base.ts";
import { type CgroupDirectory, GroupGone } from "./cgroup_directory.ts";
import { applySettings, controllerOf } from "./cgroup_settings.ts";
import { LAUNCH_PREFIX, SUPERVISOR, sweep } from "./cgroup_sweep.ts";
import { type Attempt, attempt, refuse } from "./launch_error.ts";

/** The group of one launch. */
export interface LaunchGroup {
  /** Its directory: as long as it is open, the group is claimed. */
  readonly descriptor: number;
  /** What was set in it: settings without a controller are left out. */
  readonly settings: readonly string[];
  /** Takes back what was made. */
  remove(): void;
}

/** A launch that ends removes its empty groups, perhaps one that another launch has just found. */
const TRIES = 20;

/**
 * Makes the control groups of a plan, and removes what launches that were killed have left behind. Optional groups are
 * left out as a whole where they cannot be had.
 */
export function makeCgroups(kernel: Kernel, plan: Plan): LaunchGroup | undefined {
  const groups = plan.operations.filter((operation) => operation.operation === "cgroup");
  const entry = plan.operations.find((operation) => operation.operation === "enter-cgroup");
  if (entry === undefined) return undefined;
  const filter = plan.operations.find((operation) => operation.operation === "device-filter");
  const isOptional = entry.optional && filter?.optional !== false;
  // Devices of the configuration are a reason for a group that would limit nothing else.
  const isFilter = !isOptional || plan.operations.some(({ operation }) => operation === "device");
  const where = groups.find(({ origin }) => origin)?.origin ?? filter?.origin;
  const what: Attempt = { verb: "limit", object: plan.node, where };
  for (let tries = TRIES;; tries--) {
    try {
      return attempt(
        what,
        () => new Builder(openCgroupBase(kernel, groups, what), groups, entry, what).build(isFilter),
      );
    } catch (error) {
      if (isOptional && error instanceof RedpakError) return undefined;
      if (!(error instanceof GroupGone)) throw error;
      if (tries === 0) throw refuse(what, { code: "E_RACE", reason: "its control groups vanish while they are made" });
    }
  }
}

/** One try; owns the base. */
class Builder {
  /** The groups that are open, each in the one before. */
  readonly #path: CgroupDirectory[];
  /** Settings of the launch's own group, as far as there are controllers for them. */
  readonly #own: readonly string[];
  /** Names of the groups that are made, below the base. */
  readonly #names: string[] = [];

  constructor(
    private readonly base: CgroupBase,
    private readonly groups: readonly Operation<"cgroup">[],
    private readonly entry: Operation<"enter-cgroup">,
    private readonly what: Attempt,
  ) {
    this.#path = [base.directory];
    const controllers = base.directory.words("cgroup.controllers");
    this.#own = entry.settings.filter((setting) => controllers.includes(controllerOf(setting)));
  }

  /** @param isFilter the group is worth while without limits */
  build(isFilter: boolean): LaunchGroup {
    try {
      if (!isFilter && this.#own.length === 0) {
        throw refuse(this.what, { code: "E_CGROUP_CONTROLLER", reason: "there is no controller for its defaults" });
      }
      this.#leaveBase(this.what);
      for (const group of this.groups) {
        const what = { ...this.what, where: group.origin ?? this.what.where };
        attempt(what, () => group.path.length === 0 ? this.#configureBase(group, what) : this.#makeGroup(group, what));
      }
      const own = this.#makeOwn();
      // The base, then the tree of redpak's groups: nothing else in the base is redpak's.
      this.#path.slice(1, 2).forEach(sweep);
      return { descriptor: own.descriptor.release(), settings: this.#own, remove: () => this.#remove() };
    } catch (error) {
      this.#remove();
      throw error;
    } finally {
      for (const group of this.#path.slice(1)) group[Symbol.dispose]();
    }
  }

  get #innermost(): CgroupDirectory {
    return this.#path.at(-1) ?? this.base.directory;
  }

  /** What belongs to the machine as a whole can be set in the root of the tree only. */
  #configureBase({ settings }: Operation<"cgroup">, what: Attempt): void {
    if (!this.base.isRoot) {
      throw refuse(what, {
        code: "E_CGROUP_ROOT_ONLY",
        reason: `${settings[0]?.split("=")[0]} belongs to the whole machine, and "${this.base.group}" is not the root`,
        hints: ["set it when the machine starts, and remove it here"],
      });
    }
    applySettings(this.base.directory, settings, { isNew: true, attempt: what });
  }

  #makeGroup({ path, controllers, settings }: Operation<"cgroup">, what: Attempt): void {
    const name = path.at(-1) ?? "";
    this.#enable(controllers);
    const isNew = this.#innermost.make(name);
    this.#open(name);
    applySettings(this.#innermost, settings, { isNew, attempt: what });
  }

  #open(name: string): CgroupDirectory {
    this.#names.push(name);
    const group = this.#innermost.open(name);
    this.#path.push(group);
    return group;
  }

  /** Hands on controllers to the groups in the innermost one. */
  #enable(controllers: readonly string[]): void {
    const group = this.#innermost;
    const enabled = group.words("cgroup.subtree_control");
    const missing = [...new Set([...controllers, ...this.#own.map(controllerOf)])]
      .filter((controller) => !enabled.includes(controller));
    if (missing.length === 0) return;
    group.write("cgroup.subtree_control", missing.map((name) => `+${name}`).join(" "));
  }

  /**
   * Either a group has processes, or its controllers are for the groups in it: the launcher moves, and nobody else.
   *
   * INVARIANT: before controllers are enabled: some can be beside processes, which makes the group one of threads.
   */
  #leaveBase(what: Attempt): void {
    const { directory, group, tree, isRoot } = this.base;
    const processes = isRoot ? [] : directory.words("cgroup.procs");
    if (processes.length === 0) return;
    const others = processes.filter((pid) => pid !== String(Deno.pid));
    if (others.length > 0 || group !== tree.own) {
      throw refuse(what, {
        code: "E_CGROUP_BUSY",
        reason: `there are processes in the group "${group}", so it can hand on no controllers`,
        errno: "EBUSY",
        hints: [
          "start redpak in a group of its own: systemd-run --scope -p Delegate=yes redpak run …",
          "or name another group with cgrouproot",
        ],
      });
    }
    const name = this.groups.at(-1)?.path[0] ?? "";
    directory.make(name);
    using redpak = directory.open(name);
    redpak.make(SUPERVISOR);
    using supervisor = redpak.open(SUPERVISOR);
    supervisor.write("cgroup.procs", "0");
  }

  #makeOwn(): CgroupDirectory {
    this.#enable([]);
    const parent = this.#innermost;
    let name = `${LAUNCH_PREFIX}${Deno.pid}`;
    // Another launch may have had this process id before, or have it in another namespace.
    for (let count = 2; !parent.make(name); count++) name = `${LAUNCH_PREFIX}${Deno.pid}-${count}`;
    const group = this.#open(name);
    // Who sweeps has found it before it was locked.
    if (!group.lock()) throw new GroupGone();
    applySettings(group, this.#own, { isNew: true, attempt: this.what });
    group.read("cgroup.procs");
    return group;
  }

  /** Removes the groups that were made, from the innermost on, as far as they are empty. */
  #remove(): void {
    for (let length = this.#names.length; length > 0; length--) {
      this.base.directory.remove(this.#names.slice(0, length).join("/"));
    }
    this.base[Symbol.dispose]();
  }
}
