/** Whether a release of the kernel, as uname(2) gives it, is that version or a later one. */
export function isSince(release: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = release.split(".").map((number) => parseInt(number));
  return first > major || first === major && second >= minor;
}
