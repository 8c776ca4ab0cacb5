/** The lines in which two texts differ, for a reader: `-` is the transcript's, `+` the run's. */
export function textDifference(recorded: string, live: string): string {
  const before = recorded.split(/\r?\n/);
  const after = live.split(/\r?\n/);
  const lengths = commonLengths(before, after);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [left, right] = [before[i], after[j]];
    if (left !== undefined && left === right) {
      i += 1;
      j += 1;
    } else if (
      right === undefined ||
      (left !== undefined && (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))
    ) {
      lines.push(`- ${left}`);
      i += 1;
    } else {
      lines.push(`+ ${right}`);
      j += 1;
    }
  }
  return [before[0]?.slice(0, 200), ...lines].join('\n');
}

/** How many lines can be kept from these two places on: the table of the longest common subsequence. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = lengths[i] ?? [];
      row[j] =
        before[i] === after[j]
          ? (lengths[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(lengths[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}
