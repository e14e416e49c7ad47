import { REL } from "../../../ffi/libsolv/constants.ts";
import type { Dependency, Pool, Solvable } from "../../../ffi/libsolv/pool.ts";
import type { Breakage } from "./resolution.ts";

/** Something about a package that cannot be so where it is installed. */
export interface Fault {
  readonly package: Solvable;
  readonly kind: Breakage["kind"];
  /** Absent for `same`. */
  readonly dependency?: Dependency;
  /** The package on the other side; absent for `requires`. */
  readonly other?: Solvable;
}

/**
 * Looks for faults of installed packages, exactly: the solver would name some of them, and ways to get rid of them.
 *
 * @param own the packages to look at
 * @param others packages whose conflicts with own ones are looked at too
 * @param isPresent whether a package is installed where the own ones are looked at: in their node or an ancestor
 */
export function findFaults(
  pool: Pool,
  own: readonly Solvable[],
  others: readonly Solvable[],
  isPresent: (solvable: Solvable) => boolean,
): Fault[] {
  const view = new View(pool, isPresent);
  const faults: Fault[] = [];
  for (const one of own) {
    for (const dependency of pool.dependencies(one, "requires")) {
      if (!view.holds(dependency)) faults.push({ package: one, kind: "requires", dependency });
    }
    for (const dependency of pool.dependencies(one, "conflicts")) {
      const [other] = view.holds(dependency, one) ? view.partsOf(dependency, one) : [];
      if (other !== undefined) faults.push({ package: one, kind: "conflicts", dependency, other });
    }
    for (const dependency of pool.dependencies(one, "obsoletes")) {
      const [other] = view.named(dependency, one);
      if (other !== undefined) faults.push({ package: one, kind: "obsoletes", dependency, other });
    }
    for (const other of view.sameName(one)) faults.push({ package: one, kind: "same", other });
  }
  const isOwn = new Set(own);
  for (const other of others) {
    for (const dependency of pool.dependencies(other, "conflicts")) {
      for (const one of view.holds(dependency, other) ? view.partsOf(dependency, other) : []) {
        if (isOwn.has(one)) faults.push({ package: one, kind: "conflicted", dependency, other });
      }
    }
    for (const dependency of pool.dependencies(other, "obsoletes")) {
      for (const one of view.named(dependency, other)) {
        if (isOwn.has(one)) faults.push({ package: one, kind: "obsoleted", dependency, other });
      }
    }
  }
  return faults;
}

/** Packages that help to meet a dependency, whatever it is made of. */
export function providersIn(pool: Pool, dependency: Dependency): Solvable[] {
  const relation = pool.relation(dependency);
  return relation !== undefined && COMPOSED.includes(relation.flags)
    ? [...providersIn(pool, relation.left), ...providersIn(pool, relation.right)]
    : pool.providers(dependency);
}

/** Relations of what can be met by several packages together. */
const COMPOSED: readonly number[] = [REL.AND, REL.OR, REL.COND, REL.UNLESS, REL.ELSE];

/** What is installed, seen from one node. */
class View {
  readonly #providers = new Map<Dependency, readonly Solvable[]>();

  constructor(private readonly pool: Pool, private readonly isPresent: (solvable: Solvable) => boolean) {}

  /** Whether a dependency is met. @param except a package that does not count */
  holds(dependency: Dependency, except?: Solvable): boolean {
    const relation = this.pool.relation(dependency);
    const left = () => this.holds(relation!.left, except);
    const right = () => this.holds(relation!.right, except);
    switch (relation?.flags) {
      case REL.AND:
        return left() && right();
      case REL.OR:
        return left() || right();
      case REL.COND: { // "left if right", "left if right else other"
        const { condition, otherwise } = this.#condition(relation.right);
        return this.holds(condition, except) ? left() : otherwise === undefined || this.holds(otherwise, except);
      }
      case REL.UNLESS: { // "left unless right", "left unless right else other"
        const { condition, otherwise } = this.#condition(relation.right);
        return this.holds(condition, except) ? otherwise === undefined || this.holds(otherwise, except) : left();
      }
      default:
        // A name, a version, a file; "with" and "without" are about one package, which the pool looks for.
        return this.providers(dependency).some((solvable) => solvable !== except) || this.#isOfRpm(dependency);
    }
  }

  #condition(dependency: Dependency): { condition: Dependency; otherwise?: Dependency } {
    const relation = this.pool.relation(dependency);
    return relation?.flags === REL.ELSE
      ? { condition: relation.left, otherwise: relation.right }
      : { condition: dependency };
  }

  /** What rpm itself has to be able to do. */
  #isOfRpm(dependency: Dependency): boolean {
    return this.pool.dependencyText(dependency).startsWith("rpmlib(");
  }

  providers(dependency: Dependency): readonly Solvable[] {
    let found = this.#providers.get(dependency);
    if (found === undefined) {
      this.#providers.set(dependency, found = this.pool.providers(dependency).filter(this.isPresent));
    }
    return found;
  }

  /** Packages that are there and have a part in a dependency's being met. */
  partsOf(dependency: Dependency, except: Solvable): Solvable[] {
    return providersIn(this.pool, dependency).filter((solvable) => solvable !== except && this.isPresent(solvable));
  }

  /** Packages that a dependency obsoletes: their name counts, not what they provide. */
  named(dependency: Dependency, except: Solvable): Solvable[] {
    const name = this.pool.dependencyText(this.pool.relation(dependency)?.left ?? dependency);
    return this.providers(dependency).filter((solvable) => solvable !== except && this.#name(solvable) === name);
  }

  /** Other packages of the same name, of which there can be one only: but for those of another architecture. */
  sameName(one: Solvable): Solvable[] {
    const arches = (solvable: Solvable) => [this.pool.text(solvable, "solvable:arch"), "noarch"];
    return this.pool.named(this.#name(one)).filter((other) =>
      other !== one && this.isPresent(other) &&
      (arches(one).includes(arches(other)[0]!) || arches(other).includes(arches(one)[0]!))
    );
  }

  #name(solvable: Solvable): string {
    return this.pool.text(solvable, "solvable:name");
  }
}
