// Waiting for a condition.

/** How long a condition may take before the test fails: far longer than it ever should. */
const patienceMs = 15_000;

/** Looks again and again until there is something. */
export async function until<T>(
  find: () => T | undefined | false,
  what: string = find.toString(),
): Promise<T> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`Still not after ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
