/** Whether there is anything at a path, links followed. What is not permitted to be looked at counts as there. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}
