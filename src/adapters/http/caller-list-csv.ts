/**
 * Reads an uploaded list of callers: a line each, the number first, then if need be a reason and a time at which the entry ends (RFC
 * 4180, fields with commas in quotes). A first line that holds no number is a heading. All faults are named with their lines.
 */
import type { ProblemFault } from './problem.js';

/** A line of the file, as it was written. */
export interface ListedLine {
  readonly line: number;
  readonly caller: string;
  readonly reason: string;
  readonly expiresAt: string;
}

export const LIST_LINES_MAX = 100_000;

const FIELD = /("(?:[^"]|"")*"|[^",]*)(,|$)/y;

/** Null when a quote is never closed. */
function fieldsOf(line: string): readonly string[] | null {
  const fields: string[] = [];
  for (FIELD.lastIndex = 0; ; ) {
    const [, raw = '', end] = FIELD.exec(line) ?? [];
    if (end === undefined) return null;
    fields.push((raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw).trim());
    if (end === '') return fields;
  }
}

export function readCallerList(file: Buffer): {
  readonly lines: readonly ListedLine[];
  readonly faults: readonly ProblemFault[];
} {
  const texts = file
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/);
  const faults: ProblemFault[] = [];
  const lines = texts.flatMap((text, index): ListedLine[] => {
    if (text.trim() === '' || (index === 0 && !/\d/.test(text))) return [];
    const fields = fieldsOf(text);
    if (fields === null || fields.length > 3) {
      const expected = 'a number, a reason and a time, separated by commas';
      faults.push({
        field: `file[${index + 1}]`,
        found: fields === null ? 'a quote that is never closed' : `${fields.length} fields`,
        expected,
      });
      return [];
    }
    const [caller = '', reason = '', expiresAt = ''] = fields;
    return [{ line: index + 1, caller, reason, expiresAt }];
  });
  if (lines.length > LIST_LINES_MAX) {
    faults.push({ field: 'file', found: `${lines.length} lines`, expected: `at most ${LIST_LINES_MAX} lines` });
  }
  return { lines, faults };
}
