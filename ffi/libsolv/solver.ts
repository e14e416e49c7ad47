import { readText } from "../libc/memory.ts";
import { type SOLVER_FLAG, SOLVER_RULE } from "./constants.ts";
import { libsolv } from "./libsolv.ts";
import type { Job, Pool, Solvable } from "./pool.ts";
import { Queue } from "./queue.ts";
import { Transaction } from "./transaction.ts";

/** Something that keeps the jobs from being done. */
export interface SolverProblem {
  /** The rule that says most, in words. */
  readonly text: string;
  /** All rules that contradict each other, in words. */
  readonly rules: readonly string[];
  /** Each is a way out: everything that would have to be done. */
  readonly solutions: readonly (readonly SolutionElement[])[];
}

export interface SolutionElement {
  /** A package, or a negative number or 0 (SOLVER_SOLUTION): the element is about a job. */
  readonly subject: number;
  /** What replaces the package, 0 for nothing; or the number of the job, from 1 on. */
  readonly object: number;
  readonly text: string;
}

/** An `Id *` that C code fills. */
class OutId {
  readonly #value = new Int32Array(new ArrayBuffer(4));
  readonly pointer = new Uint8Array(this.#value.buffer);

  get value(): number {
    return this.#value[0]!;
  }
}

export class Solver implements Disposable {
  readonly #solv = libsolv();
  readonly #address: bigint;

  /** @param pool prepared */
  constructor(private readonly pool: Pool) {
    this.#address = this.#solv.solver_create(pool.address);
  }

  setFlag(flag: (typeof SOLVER_FLAG)[keyof typeof SOLVER_FLAG], on: boolean): void {
    this.#solv.solver_set_flag(this.#address, flag, on ? 1 : 0);
  }

  /** @returns whether there is a way to do all of the jobs; otherwise there are `problems` */
  solve(jobs: readonly Job[]): boolean {
    using queue = new Queue(jobs.flatMap(({ how, what }) => [how, what]));
    return this.#solv.solver_solve(this.#address, queue.address) === 0;
  }

  get problems(): SolverProblem[] {
    const problems: SolverProblem[] = [];
    const next = (problem: number) => this.#solv.solver_next_problem(this.#address, problem);
    for (let problem = next(0); problem !== 0; problem = next(problem)) {
      problems.push({
        text: readText(this.#solv.solver_problem2str(this.#address, problem)),
        rules: this.#rules(problem),
        solutions: this.#solutions(problem),
      });
    }
    return problems;
  }

  #rules(problem: number): string[] {
    using queue = new Queue();
    this.#solv.solver_findallproblemrules(this.#address, problem, queue.address);
    const [from, to, dependency] = [new OutId(), new OutId(), new OutId()];
    const texts = queue.ids.flatMap((rule) => {
      const pointers = [from.pointer, to.pointer, dependency.pointer] as const;
      const type = this.#solv.solver_ruleinfo(this.#address, rule, ...pointers);
      // That a job is asked for is all that such a rule says.
      if (type === SOLVER_RULE.JOB) return [];
      const ids = [from.value, to.value, dependency.value] as const;
      return readText(this.#solv.solver_problemruleinfo2str(this.#address, type, ...ids));
    });
    return [...new Set(texts)];
  }

  #solutions(problem: number): SolutionElement[][] {
    const solutions: SolutionElement[][] = [];
    const next = (solution: number) => this.#solv.solver_next_solution(this.#address, problem, solution);
    for (let solution = next(0); solution !== 0; solution = next(solution)) {
      solutions.push(this.#elements(problem, solution));
    }
    return solutions;
  }

  #elements(problem: number, solution: number): SolutionElement[] {
    const elements: SolutionElement[] = [];
    const [subject, object] = [new OutId(), new OutId()];
    const next = (element: number) => {
      const pointers = [subject.pointer, object.pointer] as const;
      return this.#solv.solver_next_solutionelement(this.#address, problem, solution, element, ...pointers);
    };
    for (let element = next(0); element !== 0; element = next(element)) {
      const text = this.#solv.solver_solutionelement2str(this.#address, subject.value, object.value);
      elements.push({ subject: subject.value, object: object.value, text: readText(text) });
    }
    return elements;
  }

  /** Installed packages that nobody has asked for (jobs USERINSTALLED say who has) and that nothing installed needs. */
  get unneeded(): Solvable[] {
    using queue = new Queue();
    this.#solv.solver_get_unneeded(this.#address, queue.address, 0);
    return queue.ids;
  }

  /** Why a package is to be installed or removed: one of SOLVER_REASON. */
  reason(solvable: Solvable): number {
    return this.#solv.solver_describe_decision(this.#address, solvable, new OutId().pointer);
  }

  /** What is to be done, after a `solve` that found a way. */
  transaction(): Transaction {
    return new Transaction(this.pool, this.#solv.solver_create_transaction(this.#address));
  }

  [Symbol.dispose](): void {
    this.#solv.solver_free(this.#address);
  }
}
