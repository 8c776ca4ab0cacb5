/** Reads systemd units: `Key=value` lines, repeated keys kept. Used by the tests of systemd/. */
import { readFileSync } from 'node:fs';

export class UnitFile {
  readonly #values = new Map<string, string[]>();

  constructor(path: string) {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const match = /^([A-Za-z]+)=(.*)$/.exec(line);
      if (match === null) continue;
      const [, key = '', value = ''] = match;
      this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
    }
  }

  all(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  one(key: string): string {
    return this.all(key).at(-1) ?? '';
  }

  /** From its Environment lines. */
  get environment(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.all('Environment').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }
}

/** `30s`, `500ms`, `2min` and `1m30s` as milliseconds; NaN for anything else. */
export function millisecondsOf(text: string): number {
  const units = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 } as const;
  const parts = [...text.matchAll(/(\d+)(ms|s|min|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return Number.NaN;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
}
