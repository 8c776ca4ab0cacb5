/** One call whose FreeSWITCH a test kills: the servers, the app, a caller and a buyer who measure their silence, and the record at the end. */
import type { Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { TimelineEntry, TimelineStep } from '../../src/domain/calls/timeline.js';
import { type PhoneCall, type PhoneManner, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { callFaults } from '../support/call-invariants.js';
import { readWav } from '../support/rtp-phone.js';
import { SilenceMeter } from '../support/silence-meter.js';
import type { CampaignPlan } from './campaign-builder.js';
import { type MortalServers, startMortalServers } from './mortal-media-server.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

/** The window of a tone measurement is half a second: so many packets later it holds nothing from before. */
const SETTLED_PACKETS = 30;
const BLOCK_MS = 20;
const AUDIBLE_PEAK = 100;
const CALLER_NUMBER = '+13105550123';

export interface Party {
  readonly phone: TonePhone;
  readonly meter: SilenceMeter;
}

export interface MovedRig {
  readonly servers: MortalServers;
  readonly sut: SystemUnderTest;
  readonly caller: Party;
  readonly buyer: Party;
  /** The caller dials the campaign. */
  call(): Promise<PhoneCall>;
  /** As `waiting` settles; rejects with what happened when the call ends first, or is refused, so that nothing is waited for in vain. */
  whileUp<T>(waiting: Promise<T>): Promise<T>;
  /** Settles when the call has reached a step; rejects as whileUp does. */
  reached(step: TimelineStep): Promise<void>;
  /** The record of the call, once it is closed, its recording finished, and all that must hold then has been asserted. */
  record(): Promise<CallDetails>;
}

export async function party(t: Test, name: string, toneHz: number, manner: PhoneManner): Promise<Party> {
  const meter = await SilenceMeter.open(toneHz);
  const media = () => Promise.resolve(meter.phone);
  const phone = await TonePhone.start({ name, address: '127.0.0.1', port: 0, transport: 'udp', manner, media });
  t.teardown(async () => {
    await phone.close();
    await meter.phone.close();
  });
  return { phone, meter };
}

export async function startMoved(
  t: Test,
  spares: 0 | 1,
  plan: (buyer: string) => CampaignPlan,
  manner: PhoneManner = { kind: 'answer', afterMs: 50 },
): Promise<MovedRig> {
  const servers = await startMortalServers(spares);
  const sut = await SystemUnderTest.start(() => Promise.resolve(servers));
  t.teardown(() => sut.close());
  while (!sut.app.telephony.ready().links.every(({ isUp }) => isUp)) await new Promise(setImmediate);
  const [caller, buyer] = await Promise.all([
    party(t, 'caller', CALLER_HZ, { kind: 'refuse', status: 480 }),
    party(t, 'buyer', BUYER_HZ, manner),
  ]);
  const did = await sut.addCampaign(plan(buyer.phone.uri));
  const { address, port } = sut.switch.sip;
  const closed = closedRecord(sut);
  const end = new EarlyEnd(closed);
  const whileUp: MovedRig['whileUp'] = (waiting) => end.or(waiting);
  return {
    ...{ servers, sut, caller, buyer, whileUp },
    call: async () => {
      const call = await caller.phone.call(`sip:${did}@${address}:${port}`, CALLER_NUMBER);
      void call.ended.then((ended) => ended.kind === 'refused' && end.refuse(ended.status));
      return call;
    },
    reached: (step) => whileUp(sut.reached(step)),
    record: async () => {
      const details = await closed;
      t.same(await sut.settled(), NOTHING_HELD);
      t.same(callFaults(details), []);
      return details;
    },
  };
}

/** The end of the call, for whoever waits for something that comes before it. */
class EarlyEnd {
  readonly #told: Promise<never>;
  refuse: (status: number) => void = () => undefined;

  constructor(closed: Promise<CallDetails>) {
    this.#told = new Promise((_, reject) => {
      this.refuse = (status) => reject(new Error(`the caller was refused: ${status}`));
      closed.then(({ call, timeline }) => {
        const steps = timeline.map(({ atMs, text }) => `${atMs} ms: ${text}`).join('; ');
        reject(new Error(`the call ended too early, ${call.outcome}, ${call.release?.detail}: ${steps}`));
      }, reject);
    });
    // It rejects at the end of every call; only then is it a fault when somebody waits.
    this.#told.catch(() => undefined);
  }

  or<T>(waiting: Promise<T>): Promise<T> {
    return Promise.race([waiting, this.#told]);
  }
}

function closedRecord(sut: SystemUnderTest): Promise<CallDetails> {
  return new Promise((resolve, reject) => {
    const unsubscribe = sut.app.events.subscribe({
      closed: ({ callId }) => {
        unsubscribe();
        sut.app.live
          .whenFollowed()
          .then(() => sut.app.store.calls.find(callId))
          .then((details) => (details === null ? reject(new Error('no record')) : resolve(details)), reject);
      },
    });
  });
}

/** Settles when each hears the tone that the other sends, and nothing from before is left in the measurement. */
export async function hearEachOther({ caller, buyer, whileUp }: MovedRig): Promise<void> {
  for (const { meter } of [caller, buyer]) await whileUp(meter.phone.receives(SETTLED_PACKETS));
  await whileUp(Promise.all([caller.meter.phone.hears(BUYER_HZ), buyer.meter.phone.hears(CALLER_HZ)]));
}

/** Settles when the caller hears a tone, measured as hearEachOther does. */
export async function callerHears({ caller: { meter }, whileUp }: MovedRig, hz: number): Promise<void> {
  await whileUp(meter.phone.receives(SETTLED_PACKETS));
  await whileUp(meter.phone.hears(hz));
}

/** The longest time without a sound in a recording, in ms, for each channel: single packets that a busy phone did not send are no gap. */
export function longestSilencesMs(wavPath: string): number[] {
  const { channels, sampleRate, samples } = readWav(wavPath);
  const block = (sampleRate / 1_000) * BLOCK_MS;
  return Array.from({ length: channels }, (_, channel) => {
    let silent = 0;
    let longest = 0;
    for (let at = 0; at < samples.length / channels; at += block) {
      let peak = 0;
      for (let i = at; i < at + block; i += 1) peak = Math.max(peak, Math.abs(samples[i * channels + channel] ?? 0));
      silent = peak < AUDIBLE_PEAK ? silent + 1 : 0;
      longest = Math.max(longest, silent);
    }
    return longest * BLOCK_MS;
  });
}

export function stepsOf({ timeline }: CallDetails, step: TimelineEntry['step']): readonly TimelineEntry[] {
  return timeline.filter((entry) => entry.step === step);
}
