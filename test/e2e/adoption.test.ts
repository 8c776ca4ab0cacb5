/**
 * Ten calls talk when the control app is killed. It is started again: all ten talk on, either side's hang-up ends the other, each is billed as
 * long as it was, and each recording is whole.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { toneLevelDb } from '../../src/embedded/media/tone-detector.js';
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import type { PhoneCall } from '../../src/embedded/phone/tone-phone.js';
import { CoreWait } from '../support/core-wait.js';
import { readWav } from '../support/rtp-phone.js';
import { isStep, MortalApp, TAKEN_OVER } from './mortal-app.js';
import type { RingpostCommand } from './ringpost-command.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

const CALLS = 10;
const AUDIBLE_DB = -20;
const SILENT_DB = -45;
/** The window of a measurement is half a second: so many packets later it holds nothing of before. */
const SETTLING_PACKETS = 30;
const TOLERANCE_MS = 1_000;
/** From the start of the process to the last call taken over. */
const ADOPTION_LIMIT_MS = 3_000;
/** Of what was sent. */
const LEAST_SHARE = 0.8;
const PACKET_MS = 20;

interface Pair {
  readonly caller: PhoneCall;
  readonly buyer: PhoneCall;
  readonly bridgedAt: number;
  /** What each had sent then, in packets. */
  readonly sentBefore: { readonly caller: number; readonly buyer: number };
}

/** What is true of a talk, whatever the record says. A phone skips what it could not send in time, on a machine that is busy. */
interface Truth {
  readonly talkMs: number;
  readonly callerSentMs: number;
  readonly buyerSentMs: number;
}

const NOTHING: Truth = { talkMs: 0, callerSentMs: 0, buyerSentMs: 0 };

const mediaOf = ({ media }: PhoneCall): TonePhoneMedia => media as TonePhoneMedia;

async function talks({ caller, buyer }: Pair): Promise<boolean> {
  await Promise.all([caller, buyer].map((call) => mediaOf(call).receives(SETTLING_PACKETS)));
  await Promise.all([mediaOf(caller).hears(BUYER_HZ), mediaOf(buyer).hears(CALLER_HZ)]);
  return mediaOf(caller).levelDb(CALLER_HZ) < SILENT_DB && mediaOf(buyer).levelDb(BUYER_HZ) < SILENT_DB;
}

/**
 * How much of the sound has the tone, in milliseconds. Packet by packet: where one is missing the tone leaps in its phase, and a longer sum is
 * blind to it.
 */
function toneMs(samples: Int16Array, sampleRate: number, hz: number): number {
  const length = (sampleRate * PACKET_MS) / 1_000;
  const count = Math.floor(samples.length / length);
  const pieces = Array.from({ length: count }, (_, at) => samples.subarray(at * length, (at + 1) * length));
  return pieces.filter((piece) => toneLevelDb(piece, hz) > AUDIBLE_DB).length * PACKET_MS;
}

const mortal = await MortalApp.open();
t.teardown(() => mortal.close());

/** Of everybody who has a part in it: this program, the app and the switch. */
function waitOf(app: RingpostCommand): CoreWait {
  return new CoreWait([process.pid, app.pid, mortal.switch.pid].filter((pid) => typeof pid === 'number'));
}

/** `waitedMs` is what the switch waited for a core meanwhile: it records nothing then. */
function assertRecorded(t: Test, { call, recordings }: CallDetails, truth: Truth, waitedMs: number): void {
  t.match(recordings, [{ state: 'ready' }], 'one recording, whole');
  const { samples, channels, sampleRate } = readWav(recordings[0]?.wavPath ?? '');
  const durationMs = (samples.length * 1_000) / channels / sampleRate;
  const sound = `${durationMs} ms of sound, ${call.talkMs} ms of talk, ${waitedMs} ms waited for a core`;
  t.ok(Math.abs(durationMs - call.talkMs) < TOLERANCE_MS + waitedMs, sound);
  const side = (offset: number) => samples.filter((_, at) => at % channels === offset);
  for (const [name, offset, hz, sentMs] of [
    ['caller', 0, CALLER_HZ, truth.callerSentMs],
    ['buyer', 1, BUYER_HZ, truth.buyerSentMs],
  ] as const) {
    const heardMs = toneMs(side(offset), sampleRate, hz);
    t.ok(
      heardMs > sentMs * LEAST_SHARE - waitedMs,
      `${name}: ${heardMs} ms on it of ${sentMs} ms sent, from beginning to end`,
    );
  }
}

/** Now, as one of the two leaves. */
function truthOf({ caller, buyer, bridgedAt, sentBefore }: Pair): Truth {
  return {
    talkMs: Date.now() - bridgedAt,
    callerSentMs: (mediaOf(caller).packetsSent - sentBefore.caller) * PACKET_MS,
    buyerSentMs: (mediaOf(buyer).packetsSent - sentBefore.buyer) * PACKET_MS,
  };
}

t.test('killed while ten talk, started again: nobody hears a gap, and nothing is lost', async (t) => {
  const buyers = await mortal.startPhone('buyer', { kind: 'answer', afterMs: 50 });
  const callers = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
  const did = await mortal.addCampaign({ targets: [{ id: 'acme', uri: buyers.uri }] });
  const first = await mortal.start();
  const switchWait = new CoreWait(mortal.switch.pid === null ? [] : [mortal.switch.pid]);
  const pairs: Pair[] = [];
  for (let count = 0; count < CALLS; count += 1) {
    const rung = new Promise<PhoneCall>((resolve) => buyers.onCall(resolve));
    const caller = await callers.call(mortal.sipUri(did), '+13105550123');
    const buyer = await rung;
    // Not when the buyer hears 440 Hz: the ringing before the bridge has it too.
    const { time } = await first.line(isStep('bridged'), count);
    const sentBefore = { caller: mediaOf(caller).packetsSent, buyer: mediaOf(buyer).packetsSent };
    pairs.push({ caller, buyer, bridgedAt: Number(time), sentBefore });
  }
  await Promise.all(pairs.map((pair) => talks(pair)));
  await first.kill();
  t.same(new Set(await Promise.all(pairs.map(talks))), new Set([true]), 'they talk on without it');
  const startedAt = Date.now();
  const second = mortal.begin();
  const startWait = waitOf(second);
  const taken = await second.line(TAKEN_OVER);
  t.match(taken, { adopted: CALLS, closed: 0, waiting: 0, strayChannels: 0 });
  // A machine that is busy with other things is not what is measured.
  const tookMs = Math.round(Date.now() - startedAt - startWait.ms);
  t.ok(tookMs < ADOPTION_LIMIT_MS, `taken over ${tookMs} ms after the start, less what it waited for a core`);
  t.same(new Set(await Promise.all(pairs.map(talks))), new Set([true]), 'and with the next one');

  const truths = new Map<string, Truth>();
  for (const [index, pair] of pairs.entries()) {
    const { caller, buyer } = pair;
    const [leaves, stays] = index % 2 === 0 ? [caller, buyer] : [buyer, caller];
    const wait = waitOf(second);
    const leftAt = Date.now();
    truths.set(caller.sipCallId, truthOf(pair));
    leaves.hangup();
    if (stays === buyer) {
      await stays.ended;
      const lateMs = Date.now() - leftAt - wait.ms;
      t.ok(lateMs < 1_000, `the buyer is let go ${lateMs} ms after the caller, less what was waited for a core`);
    } else await stays.ended;
  }
  const waitedMs = switchWait.ms;
  await mortal.allClosed(second);
  t.equal(await mortal.stop(second), 0);
  const calls = await mortal.calls();
  t.equal(calls.length, CALLS, 'one record each');
  for (const details of calls) {
    const { call, ledger } = details;
    const truth = truths.get(call.sipCallId) ?? NOTHING;
    t.match(call, { state: 'ended', outcome: 'sold' });
    t.ok(Math.abs(call.talkMs - truth.talkMs) < TOLERANCE_MS, `${call.talkMs} ms billed, ${truth.talkMs} ms talked`);
    t.equal(ledger.length, 2);
    assertRecorded(t, details, truth, waitedMs);
  }
  t.equal(await mortal.channelsLeft(), 0);
});
