/** A run that stands still has failed: every replay has this long, and none waits for it otherwise. */
export async function isStalled(run: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), limitMs);
  });
  try {
    return await Promise.race([run.then(() => false), stalled]);
  } finally {
    clearTimeout(timer);
  }
}
