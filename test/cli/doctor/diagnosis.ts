/** Runs the doctor against an environment of a test and keeps what it said, by the name of the check. */
import type { Test } from 'tap';
import type { Finding } from '../../../src/cli/doctor/finding.js';
import type { Patience } from '../../../src/cli/doctor/patience.js';
import { runDoctor } from '../../../src/cli/run-doctor.js';
import type { SystemUnderTest } from '../../e2e/system-under-test.js';

/** What a check finds is asked here, not how busy the machine is. */
export const PATIENT: Patience = { checkMs: null, databaseMs: null };

export type DoctorEnvironment = Readonly<Record<string, string>>;

export interface Diagnosis {
  readonly status: number;
  readonly findings: readonly Finding[];
  /** Throws when there is no such check. */
  of(name: string): Finding;
  /** Names of the checks that found a fault. */
  readonly faulty: readonly string[];
}

/** The environment of an operator whose system is the one under test. */
export function environmentOf(sut: SystemUnderTest): DoctorEnvironment {
  const { drachtio, mediaServers, kind, sip } = sut.switch;
  const [server] = mediaServers;
  return {
    RINGPOST_ENGINE: kind,
    RINGPOST_DATA_FOLDER: sut.folder,
    RINGPOST_MAX_CALLS: '100',
    RINGPOST_MIN_FREE_DISK_MB: '1',
    RINGPOST_TTS_ENGINES: 'flite-wasm',
    DRACHTIO_HOST: drachtio.host,
    DRACHTIO_PORT: String(drachtio.port),
    DRACHTIO_SECRET: drachtio.secret,
    FREESWITCH_EVENT_SOCKET_HOST: server?.eventSocketHost ?? '',
    FREESWITCH_EVENT_SOCKET_PORT: String(server?.eventSocketPort ?? 0),
    FREESWITCH_EVENT_SOCKET_PASSWORD: server?.password ?? '',
    FREESWITCH_SIP_ADDRESS: server?.sipAddress ?? '',
    ...(kind === 'embedded' ? { RINGPOST_SIP_ADDRESS: sip.address, RINGPOST_SIP_PORT: String(sip.port) } : {}),
  };
}

/** Prints into the test's output what the doctor said. */
export async function diagnose(t: Test, env: DoctorEnvironment): Promise<Diagnosis> {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const status = await runDoctor({ env, isJson: true, print, progress: null, patience: PATIENT });
  const { findings } = JSON.parse(lines.join('')) as { readonly findings: readonly Finding[] };
  for (const { name, state, found, advice } of findings) {
    if (state === 'ok' || state === 'skipped') continue;
    t.comment(`${state} ${name}: ${found} -> ${advice ?? ''}`);
  }
  return {
    status,
    findings,
    faulty: findings.filter(({ state }) => state === 'fault').map(({ name }) => name),
    of: (name) => {
      const finding = findings.find((one) => one.name === name);
      if (finding === undefined) throw new Error(`there is no check ${name}`);
      return finding;
    },
  };
}
