import { RedpakError } from "../core/error.ts";

/** A value of a JSON document, and where in it. */
export interface JsonPlace<T = unknown> {
  readonly value: T;
  readonly path: string;
}

export function startPlace(value: unknown): JsonPlace {
  return { value, path: "plan" };
}

export function malformed(place: JsonPlace, expected: string): RedpakError {
  return new RedpakError({
    code: "E_PLAN_MALFORMED",
    message: `Cannot read the plan: ${place.path} is not ${expected}`,
  });
}

export function check<T>(place: JsonPlace, is: (value: unknown) => value is T, expected: string): T {
  if (is(place.value)) return place.value;
  throw malformed(place, expected);
}

export function text(place: JsonPlace): string {
  return check(place, (value) => typeof value === "string", "a text");
}

export function oneOf<const T>(place: JsonPlace, values: readonly T[]): T {
  return check(place, (value): value is T => values.includes(value as T), `one of ${values.join(", ")}`);
}

export function array<T>(place: JsonPlace, read: (place: JsonPlace) => T): T[] {
  const values = check(place, Array.isArray as (value: unknown) => value is unknown[], "a list");
  return values.map((value, index) => read({ value, path: `${place.path}[${index}]` }));
}

export function object(place: JsonPlace): JsonPlace<object> {
  const value = check(
    place,
    (value): value is object => typeof value === "object" && value !== null && !Array.isArray(value),
    "an object",
  );
  return { value, path: place.path };
}

/** An object without other keys than the known ones. */
export function objectOf(place: JsonPlace, known: readonly string[]): JsonPlace<object> {
  const result = object(place);
  const unknown = Object.keys(result.value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw malformed({ value: unknown, path: `${place.path}.${unknown}` }, "known");
  return result;
}

export function has({ value }: JsonPlace<object>, key: string): boolean {
  return Object.hasOwn(value, key);
}

/** The value of a key that has to be there. */
export function field(place: JsonPlace<object>, key: string): JsonPlace {
  const path = `${place.path}.${key}`;
  if (!has(place, key)) throw malformed({ value: undefined, path }, "there");
  return { value: (place.value as Record<string, unknown>)[key], path };
}
