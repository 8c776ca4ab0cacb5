/**
 * Reads values out of a bidder's answer by dotted path, such as `data.bid` or `buyers.0.bid`. Alternatives are separated
 * by `|`; the first that leads to a value wins. Only own properties are followed, so that no path reaches a prototype.
 */
export type PathReader = (answer: unknown) => unknown;

function readSteps(answer: unknown, steps: readonly string[]): unknown {
  let value = answer;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !/^\d{1,6}$/.test(step)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** The reader gives `undefined` for what is not there, and for null and the empty text, which bidders use for it. */
export function compilePath(path: string): PathReader {
  const alternatives = path.split('|').map((alternative) => alternative.trim().split('.'));
  return (answer) => {
    for (const steps of alternatives) {
      const value = readSteps(answer, steps);
      if (value !== undefined && value !== null && value !== '') return value;
    }
    return undefined;
  };
}

/** Text of a bidder's for our log and trace: no control or direction marks, no more than 200 characters. */
export function printable(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text
    .slice(0, 400)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .slice(0, 200);
}
