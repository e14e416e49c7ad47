/** Whether a release of the kernel, as uname(2) gives it, is that version or a later one. */
export function isSince(release: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = release.split(".").map((number) => parseInt(number));
  return first > major || first === major && second >= minor;
}

/** Releases that plans are made for, the newest first: what is in them depends on no others. */
export const PLANNED_RELEASES: readonly (readonly [major: number, minor: number])[] = [[6, 6], [5, 14]];
