/**
 * Does something with each item, at most `most` at a time. The first failure ends the others, and is thrown when they have
 * ended.
 *
 * @param step gets a signal that ends it
 */
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
  step: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const controller = new AbortController();
  const results: R[] = [];
  const pending = items.entries();
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    for (const [index, item] of pending) {
      if (failure !== undefined) return;
      try {
        results[index] = await step(item, controller.signal);
      } catch (error) {
        failure ??= { error };
        controller.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  if (failure !== undefined) throw failure.error;
  return results;
}
