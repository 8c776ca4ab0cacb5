/**
 * The adapter with a real clock, a log that is kept, and raw SIP peers, connected to whatever switch the test names: one for all the
 * tests of a file, since drachtio may still hand an INVITE to a client that has just gone.
 */
import { performance } from 'node:perf_hooks';
import type { Test } from 'tap';
import type { Log } from '../../../src/adapters/telephony/log.js';
import {
  createTelephony,
  type TelephonyAdapter,
  type TelephonyOptions,
} from '../../../src/adapters/telephony/telephony.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import type { CallerTreatment, DialRequest, InboundCall } from '../../../src/application/ports/telephony.js';
import type { Leg } from '../../../src/domain/calls/leg.js';
import { RawSipPeer } from './raw-sip-peer.js';
import type { SwitchUnderTest } from './switch-under-test.js';
import { Voice } from './voice.js';

export const realClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  startTimer: (delayMs, onElapsed) => {
    const timer = setTimeout(onElapsed, delayMs);
    return () => clearTimeout(timer);
  },
};

export class KeptLog implements Log {
  readonly lines: { readonly level: string; readonly sentence: string; readonly facts: object }[] = [];
  debug(facts: object, sentence: string): void {
    this.lines.push({ level: 'debug', sentence, facts });
  }
  info(facts: object, sentence: string): void {
    this.lines.push({ level: 'info', sentence, facts });
  }
  warn(facts: object, sentence: string): void {
    this.lines.push({ level: 'warn', sentence, facts });
  }
  error(facts: object, sentence: string): void {
    this.lines.push({ level: 'error', sentence, facts });
  }
  has(sentence: string): boolean {
    return this.lines.some((line) => line.sentence === sentence);
  }
}

export interface TelephonyUnderTest {
  readonly telephony: TelephonyAdapter;
  readonly log: KeptLog;
  readonly sipPort: number;
  /** Hands the next INVITE to the test. */
  nextInbound(): Promise<InboundCall>;
  peer(): Promise<RawSipPeer>;
  voice(): Promise<Voice>;
}

export async function startTelephony(
  t: Test,
  under: SwitchUnderTest,
  options: Partial<TelephonyOptions> = {},
): Promise<TelephonyUnderTest> {
  const log = new KeptLog();
  const telephony = await createTelephony({
    drachtio: under.drachtio,
    mediaServers: [under.mediaServer],
    clock: realClock,
    log,
    ...options,
  });
  const waiting: ((inbound: InboundCall) => void)[] = [];
  const early: InboundCall[] = [];
  telephony.onInboundCall((inbound) => {
    const take = waiting.shift();
    if (take === undefined) early.push(inbound);
    else take(inbound);
    return Promise.resolve();
  });
  t.teardown(() => telephony.close());
  await telephony.start();
  return {
    telephony,
    log,
    sipPort: under.sipPort,
    nextInbound: () => {
      const inbound = early.shift();
      return inbound === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(inbound);
    },
    peer: async () => {
      const peer = await RawSipPeer.open();
      t.teardown(() => peer.close());
      return peer;
    },
    voice: async () => {
      const voice = await Voice.open();
      t.teardown(() => voice.close());
      return voice;
    },
  };
}

export const NOTHING_LEFT = { callerLegs: 0, buyerLegs: 0, dialogs: 0, pendingCommands: 0 };

/** Settles when every table is empty; the tap time-out of the test is the limit. */
export async function nothingLeft(telephony: TelephonyAdapter): Promise<object> {
  while (Object.values(telephony.counts()).some((count) => count > 0)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return telephony.counts();
}

export function treatment(overrides: Partial<CallerTreatment> = {}): CallerTreatment {
  return {
    callId: 'call-1',
    consentPath: null,
    greetingPath: 'tone_stream://%(100,0,800)',
    holdMusicPath: 'tone_stream://%(2000,4000,440,480)',
    holdLoops: 20,
    apologyPath: null,
    endingPath: 'tone_stream://%(100,0,300)',
    recordPath: null,
    mediaTimeoutMs: 20_000,
    ...overrides,
  };
}

export interface Dialling {
  readonly request: DialRequest;
  readonly legs: Leg[];
  readonly rings: number[];
  readonly abort: () => void;
}

export function dialling(peer: RawSipPeer, mediaServer: string, overrides: Partial<DialRequest> = {}): Dialling {
  const legs: Leg[] = [];
  const rings: number[] = [];
  const aborting = new AbortController();
  const request: DialRequest = {
    callId: 'call-1',
    legId: 'call-1-b1',
    targetId: 'target-1',
    address: { kind: 'uri', uri: `sip:buyer@127.0.0.1:${peer.port}` },
    fromUser: '+15551230000',
    fromName: null,
    assertedIdentity: '+15551230000',
    diversion: null,
    ringTimeoutMs: 10_000,
    whisperPath: null,
    acceptPrompt: null,
    mediaTimeoutMs: 20_000,
    mediaServer,
    signal: aborting.signal,
    onLeg: (leg) => {
      legs.push(leg);
      return Promise.resolve();
    },
    onRinging: (sipStatus) => rings.push(sipStatus),
    ...overrides,
  };
  return { request, legs, rings, abort: () => aborting.abort() };
}
