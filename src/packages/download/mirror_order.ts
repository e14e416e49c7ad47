/** The addresses of a repository. One that has failed is asked last from then on. */
export class MirrorOrder {
  #bases: string[];

  constructor(bases: readonly string[]) {
    this.#bases = [...bases];
  }

  /** The best first. */
  get bases(): readonly string[] {
    return this.#bases;
  }

  fail(base: string): void {
    this.#bases = [...this.#bases.filter((each) => each !== base), base];
  }
}
