/** What the bench is asked for on its command line. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import type { RealServersPlan } from './server-access.js';

export const SECTIONS = ['routing', 'records', 'calls', 'media', 'real'] as const;
export type Section = (typeof SECTIONS)[number];

export interface BenchOptions {
  readonly sections: readonly Section[];
  readonly isJson: boolean;
  /** Smaller sizes: whether it works, with figures that say less. */
  readonly isQuick: boolean;
  /** Null: everything runs against the embedded switch. */
  readonly servers: RealServersPlan | null;
}

const EMBEDDED = SECTIONS.filter((section) => section !== 'real');

export const USAGE = `npm run bench [-- [--only ${EMBEDDED.join('|')}] [--quick] [--json]]
npm run bench -- --engines real --drachtio HOST:PORT --freeswitch HOST:PORT --drachtio-pid PID --freeswitch-pid PID
  [--drachtio-sip HOST:PORT] [--freeswitch-sip HOST:PORT] [--shared FOLDER] [--quick] [--json]
  Takes 10 minutes. The servers run on this machine; FreeSWITCH with freeswitch-conf/ and, in its context, bench/plain-extension.xml as the first
  extension. Secrets: DRACHTIO_SECRET, FREESWITCH_EVENT_SOCKET_PASSWORD.
Sizes: BENCH_CALLS (150; real 120), BENCH_TALK_MS (4000), BENCH_MEDIA_STEPS (50,100,200,300,400,500), BENCH_MEDIA_WORKERS (1,2),
BENCH_WINDOW_MS (5000), BENCH_ROUNDS (3), BENCH_LIVE_CALLS (50), BENCH_BIDDERS (real: 5),
BENCH_RATES (20,30,...,160).`;

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  only: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  engines: { type: 'string', default: 'embedded' },
  drachtio: TEXT,
  freeswitch: TEXT,
  'drachtio-sip': TEXT,
  'freeswitch-sip': TEXT,
  'drachtio-pid': TEXT,
  'freeswitch-pid': TEXT,
  shared: TEXT,
} as const;

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

function serversOf(values: Values): RealServersPlan {
  const { drachtio, freeswitch, shared = tmpdir() } = values;
  const pid = (name: 'drachtio-pid' | 'freeswitch-pid'): number => {
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a process id\n${USAGE}`);
    return number;
  };
  if (drachtio === undefined || freeswitch === undefined) {
    throw new Error(`--engines real needs --drachtio and --freeswitch\n${USAGE}`);
  }
  return {
    ...{ drachtio, freeswitch, shared, env: process.env },
    drachtioSip: values['drachtio-sip'] ?? null,
    freeswitchSip: values['freeswitch-sip'] ?? null,
    drachtioPid: pid('drachtio-pid'),
    freeswitchPid: pid('freeswitch-pid'),
  };
}

/** Throws an Error whose message is for the user. */
export function readOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const common = { isJson: values.json, isQuick: values.quick };
  if (values.engines === 'real') return { ...common, sections: ['real'], servers: serversOf(values) };
  if (values.engines !== 'embedded') throw new Error(`--engines is embedded or real\n${USAGE}`);
  const wanted = values.only ?? EMBEDDED;
  const sections = EMBEDDED.filter((section) => wanted.includes(section));
  if (sections.length < wanted.length) throw new Error(`no such part: ${wanted.join(', ')}\n${USAGE}`);
  return { ...common, sections, servers: null };
}

export function sizeOf(name: string, standard: number, quick: number, { isQuick }: BenchOptions): number {
  return Number(process.env[name] ?? (isQuick ? quick : standard));
}

export function sizesOf(name: string, standard: string, quick: string, { isQuick }: BenchOptions): readonly number[] {
  return (process.env[name] ?? (isQuick ? quick : standard)).split(',').map(Number);
}
