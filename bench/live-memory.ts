/** What a child of the bench still needs: its objects and buffers after a collection. Its resident memory would tell of garbage as well. */
export function liveMb(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
