import { formatPosition, type Position } from "../core/error.ts";
import type { Sourced } from "./merged.ts";
import type { Part, RedNode } from "./node.ts";

/** One thing that a file of a family says about what is to be explained. */
export interface Statement {
  readonly node: string;
  readonly part: Part;
  readonly where: Position;
  /** As the file has it, in one line. */
  readonly says: string;
  /** Whether it has a part in what comes out. */
  readonly counts: boolean;
  /** Why it counts or does not. */
  readonly because: string;
}

/** Where a value of the effective configuration comes from. */
export interface Explanation {
  /** What is explained, by its full name: `config.hostname`, `environ.HOME`. */
  readonly subject: string;
  /** What comes out; null where nobody says anything. */
  readonly value: string | null;
  /** In the order of precedence. */
  readonly statements: readonly Statement[];
}

/** Something that stands in a file, be it that it counts or not. */
export interface Said {
  readonly node: RedNode;
  readonly part: Part;
  readonly where: Position;
  readonly says: string;
}

/** The statements about something of which only one can count. */
export function weigh(said: readonly Said[], winner: Pick<Sourced<unknown>, "node" | "part" | "where"> | undefined) {
  return said.map((one): Statement => {
    const counts = winner !== undefined && isSamePlace(one.where, winner.where);
    return toStatement(one, counts, counts ? whyItWins(one, said) : whyItLoses(one, winner));
  });
}

export function toStatement({ node, part, where, says }: Said, counts: boolean, because: string): Statement {
  return { node: node.path, part, where, says, counts, because };
}

export function isSamePlace(a: Position, b: Position): boolean {
  return formatPosition(a) === formatPosition(b);
}

function whyItWins({ part }: Said, said: readonly Said[]): string {
  if (said.length === 1) return "nobody else says anything";
  return part === "admin" ? "the nearest of the admin files" : "the nearest";
}

/** What overrules a statement: the admin file of any node does so with all normal ones. */
export function whyItLoses(
  { node, part }: Pick<Said, "node" | "part">,
  winner: Pick<Sourced<unknown>, "node" | "part" | "where"> | undefined,
): string {
  if (winner === undefined) return "it says nothing";
  const place = formatPosition(winner.where);
  if (winner.part !== part) return `overruled by the admin file: ${place}`;
  return winner.node === node ? `said before in the same file: ${place}` : `a nearer node says otherwise: ${place}`;
}
