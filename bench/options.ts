/** What the bench is asked for on its command line. */
import { parseArgs } from 'node:util';

export const SECTIONS = ['routing', 'records', 'calls', 'media'] as const;
export type Section = (typeof SECTIONS)[number];

export interface BenchOptions {
  readonly sections: readonly Section[];
  readonly isJson: boolean;
  /** Smaller sizes: whether it works, with figures that say less. */
  readonly isQuick: boolean;
}

export const USAGE = `npm run bench [-- [--only ${SECTIONS.join('|')}] [--quick] [--json]]
Sizes: BENCH_CALLS (150), BENCH_TALK_MS (4000), BENCH_MEDIA_STEPS (50,100,200,300,400,500), BENCH_MEDIA_WORKERS (1,2),
BENCH_WINDOW_MS (5000).`;

/** Throws an Error whose message is for the user. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  const wanted = values.only ?? [...SECTIONS];
  const sections = SECTIONS.filter((section) => wanted.includes(section));
  if (sections.length < wanted.length) throw new Error(`no such part: ${wanted.join(', ')}\n${USAGE}`);
  return { sections, isJson: values.json, isQuick: values.quick };
}

export function sizeOf(name: string, standard: number, quick: number, { isQuick }: BenchOptions): number {
  return Number(process.env[name] ?? (isQuick ? quick : standard));
}

export function sizesOf(name: string, standard: string, quick: string, { isQuick }: BenchOptions): readonly number[] {
  return (process.env[name] ?? (isQuick ? quick : standard)).split(',').map(Number);
}
