/**
 * Fault row F1: the control app is killed at twelve points of a call's life and started again. After each, every leg is taken over or ended,
 * there is one record with one end, its money balances, and nothing is held. ADOPTION_SEEDS says how many kills each point gets, 1 unless it
 * is set, and ADOPTION_FIRST_SEED which seed is the first, 0 unless it is set: a seed says how many milliseconds after its point each kill comes.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { isTerminal } from '../../src/domain/calls/call.js';
import type { Recording } from '../../src/domain/calls/recording.js';
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import type { PhoneCall, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { SeededRandom } from '../attack/seeded-random.js';
import { MortalApp } from './mortal-app.js';
import type { LogLine, RingpostCommand } from './ringpost-command.js';

const SEEDS = Number(process.env.ADOPTION_SEEDS ?? '1');
const FIRST_SEED = Number(process.env.ADOPTION_FIRST_SEED ?? '0');
const LATEST_MS = 40;
const TALK_PACKETS = 50;
const TOLERANCE_MS = 1_000;

interface Run {
  readonly app: RingpostCommand;
  readonly caller: PhoneCall;
  /** The call's line of this step. */
  readonly step: (step: string) => Promise<LogLine>;
  /** The next call that the buyer's phone gets. */
  readonly rung: Promise<PhoneCall>;
}

const mediaOf = ({ media }: PhoneCall): TonePhoneMedia => media as TonePhoneMedia;

const COMES_IN = 'the INVITE comes in';
const HANG_UP = 'the caller hangs up';

/** Each settles when its point is reached. */
const POINTS: Readonly<Record<string, (run: Run) => Promise<unknown>>> = {
  [COMES_IN]: ({ step }) => step('received'),
  '200 is sent': ({ caller }) => caller.answered,
  'the greeting plays': ({ step }) => step('greeting'),
  'the bidders are asked': ({ step }) => step('auction-started'),
  'the winner is chosen': ({ step }) => step('auction-closed'),
  'the caps are taken': ({ step }) => step('dialing'),
  'the INVITE reaches the buyer': ({ rung }) => rung,
  'the buyer rings': ({ step }) => step('ringing'),
  'the buyer answers': ({ step }) => step('buyer-answered'),
  'the two are joined': ({ step }) => step('bridged'),
  'the two talk': async ({ step, caller }) => {
    await step('bridged');
    await mediaOf(caller).receives(TALK_PACKETS);
  },
  [HANG_UP]: async ({ step, caller }) => {
    await step('bridged');
    await mediaOf(caller).receives(TALK_PACKETS);
    caller.hangup();
  },
};

const mortal = await MortalApp.open();
t.teardown(() => mortal.close());
const buyerPhone = await mortal.startPhone('buyer', { kind: 'answer', afterMs: 300 });
const callerPhone = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
const bidder = await mortal.startBidder({ accepted: true, bid: 30 });
const did = await mortal.addCampaign({ targets: [{ id: 'acme', uri: buyerPhone.uri, bidderUrl: bidder.url }] });
/** Every call that the buyer's phone has got. */
const rungCalls: PhoneCall[] = [];
buyerPhone.onCall((call) => rungCalls.push(call));

async function place(app: RingpostCommand, phone: TonePhone): Promise<Run> {
  const known = new Set(app.lines.map(({ callId }) => callId));
  const rung = new Promise<PhoneCall>((resolve) => buyerPhone.onCall(resolve));
  const caller = await phone.call(mortal.sipUri(did), '+13105550123');
  const step = (wanted: string) =>
    app.line((line) => line.step === wanted && line.callId !== undefined && !known.has(line.callId));
  return { app, caller, step, rung };
}

/** Settles when the caller is let go, or talks with the next process. */
async function until(next: RingpostCommand, { caller }: Run, callId: string): Promise<void> {
  const isTalk = (line: LogLine) =>
    line.callId === callId && (line.step === 'bridged' || (line.step === 'adopted' && line.what === 'talk'));
  await Promise.race([
    caller.ended,
    next.line(isTalk),
    next.line((line) => line.msg === 'call closed' && line.callId === callId),
  ]);
}

async function detailsOf(caller: PhoneCall): Promise<readonly CallDetails[]> {
  return (await mortal.calls()).filter(({ call }) => call.sipCallId === caller.sipCallId);
}

function assertInvariants(t: Test, found: readonly CallDetails[]): void {
  t.equal(found.length, 1, 'one record');
  const [details] = found;
  const { call, ledger = [] } = details ?? {};
  t.ok(call !== undefined && isTerminal(call.state), `it has ended: ${call?.outcome}, ${call?.release?.detail}`);
  const charged = ledger
    .filter(({ kind }) => kind === 'buyer-charge')
    .reduce((sum, entry) => sum + entry.amountMicros, 0);
  t.equal(charged, call?.outcome === 'sold' ? call.priceMicros : 0, 'what is owed is what the record says');
  t.equal(ledger.length, call?.outcome === 'sold' ? 2 : 0);
}

async function killAt(
  t: Test,
  app: RingpostCommand,
  point: (run: Run) => Promise<unknown>,
  delayMs: number,
): Promise<RingpostCommand> {
  const run = await place(app, callerPhone);
  const received = run.step('received');
  await point(run);
  const isHungUp = point === POINTS[HANG_UP];
  const hungUpAt = Date.now();
  const timer = setTimeout(() => void app.kill(), delayMs);
  await app.exited;
  clearTimeout(timer);
  const next = await mortal.start();
  const callId = String((await received).callId);
  const [before] = await detailsOf(run.caller);
  if (before !== undefined && !isTerminal(before.call.state)) await until(next, run, callId);
  const endedAt = isHungUp ? hungUpAt : Date.now();
  run.caller.hangup();
  await mortal.allClosed(next);
  t.equal(await mortal.channelsLeft(), 0, 'no channel is left');
  const found = await detailsOf(run.caller);
  // A call that was never answered may have died before it was written.
  if (found.length > 0 || point !== POINTS[COMES_IN]) assertInvariants(t, found);
  const { bridgedAt = null, talkMs = 0 } = found[0]?.call ?? {};
  const truthMs = bridgedAt === null ? 0 : endedAt - bridgedAt;
  t.ok(Math.abs(talkMs - truthMs) < TOLERANCE_MS, `${talkMs} ms billed, ${truthMs} ms talked`);
  return next;
}

t.test('killed at each of twelve points, started again: nothing is lost, nothing twice', async (t) => {
  let app = await mortal.start();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    const random = new SeededRandom(seed);
    for (const [name, point] of Object.entries(POINTS)) {
      await t.test(`killed when ${name}, seed ${seed}`, async (t) => {
        app = await killAt(t, app, point, random.below(LATEST_MS));
      });
    }
  }
  t.equal(await mortal.stop(app), 0);
  // Whose INVITE drachtio had not named yet when the app was killed is not cancelled: he is acknowledged and ended when he answers.
  await Promise.all(rungCalls.map(({ ended }) => ended));
  const recordings = (await mortal.calls()).flatMap((details) => details.recordings);
  const isSettled = ({ state, lostReason }: Recording) =>
    state === 'ready' || (state === 'lost' && lostReason !== null);
  t.same(
    recordings.filter((recording) => !isSettled(recording)),
    [],
    'each recording is whole, or lost with a reason',
  );
  t.ok(recordings.some(({ state }) => state === 'ready'));
});
