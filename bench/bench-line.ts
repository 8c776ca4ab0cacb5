/** One line of the bench: what was measured, its target, and whether it was met. Printed as a table or as JSON. */

/** `NOTE` has no target: it says what a figure is made of. `UNSURE`: the machine, not the program, was too slow to tell. */
export type Verdict = 'PASS' | 'SHORT' | 'UNSURE' | 'NOTE';

export interface BenchLine {
  readonly name: string;
  readonly measured: string;
  readonly target: string;
  readonly verdict: Verdict;
}

export function judged(name: string, measured: string, target: string, isMet: boolean): BenchLine {
  return { name, measured, target, verdict: isMet ? 'PASS' : 'SHORT' };
}

export function noted(name: string, measured: string): BenchLine {
  return { name, measured, target: '', verdict: 'NOTE' };
}

export function tableOf(lines: readonly BenchLine[]): string {
  const rows = lines.map(({ name, measured, target, verdict }) => [name, measured, target, verdict]);
  const head = ['what', 'measured', 'target', ''];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const print = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [print(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(print)].join('\n');
}
