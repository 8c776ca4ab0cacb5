/**
 * Waits until every count of a table is 0. SIP timers run out inside the stacks and tell nobody, so there is no event to await: this
 * looks at the counts at intervals and gives up at a limit. Used in the children of the soak test, and where a foreign
 * client ends a leg without saying when it is gone.
 */
type Counts = Readonly<Record<string, number>>;

export interface Settled {
  /** What is not 0: empty when all is gone, else what was left at the limit. */
  readonly left: Counts;
  /** What was the last to go. */
  readonly last: Counts;
  readonly tookMs: number;
}

const LOOK_EVERY_MS = 100;

export function whenZero(counts: () => Counts, limitMs: number): Promise<Settled> {
  const startedMs = performance.now();
  let last: Counts = {};
  return new Promise((resolve) => {
    const look = (): void => {
      const left = Object.fromEntries(Object.entries(counts()).filter(([, count]) => count !== 0));
      const tookMs = performance.now() - startedMs;
      if (Object.keys(left).length > 0 && tookMs < limitMs) {
        last = left;
        return;
      }
      clearInterval(interval);
      resolve({ left, last, tookMs });
    };
    const interval = setInterval(look, LOOK_EVERY_MS);
  });
}
