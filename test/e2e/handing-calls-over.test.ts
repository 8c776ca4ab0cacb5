/**
 * Calls that go from one process to the next while two talk: a deploy, where the old one leaves and the new one waits for it (fault row F23),
 * and a process that is killed again and again while it takes them over (F2).
 */
import t, { type Test } from 'tap';
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import type { PhoneCall } from '../../src/embedded/phone/tone-phone.js';
import { SeededRandom } from '../attack/seeded-random.js';
import { isStep, MortalApp, TAKEN_OVER } from './mortal-app.js';
import type { LogLine, RingpostCommand } from './ringpost-command.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

const SETTLING_PACKETS = 30;
const TOLERANCE_MS = 1_000;
/** A start takes the calls over within about a second: the kills fall before it, in the midst of it and behind it. */
const LATEST_KILL_MS = 1_500;
const KILLS = Number(process.env.ADOPTION_SEEDS ?? '2');

interface Talk {
  readonly caller: PhoneCall;
  readonly buyer: PhoneCall;
  readonly bridgedAt: number;
}

const mediaOf = ({ media }: PhoneCall): TonePhoneMedia => media as TonePhoneMedia;
const IS_WAITING = (line: LogLine): boolean => /^another process serves the calls/.test(String(line.msg));

const mortal = await MortalApp.open();
t.teardown(() => mortal.close());
const buyers = await mortal.startPhone('buyer', { kind: 'answer', afterMs: 50 });
const callers = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
const did = await mortal.addCampaign({ targets: [{ id: 'acme', uri: buyers.uri }] });

async function talkThrough(app: RingpostCommand): Promise<Talk> {
  const rung = new Promise<PhoneCall>((resolve) => buyers.onCall(resolve));
  const caller = await callers.call(mortal.sipUri(did), '+13105550123');
  const { time } = await app.line(isStep('bridged'));
  return { caller, buyer: await rung, bridgedAt: Number(time) };
}

async function assertTalk(t: Test, { caller, buyer }: Talk): Promise<void> {
  await Promise.all([caller, buyer].map((call) => mediaOf(call).receives(SETTLING_PACKETS)));
  await Promise.all([mediaOf(caller).hears(BUYER_HZ), mediaOf(buyer).hears(CALLER_HZ)]);
  t.notOk(caller.isOver || buyer.isOver, 'they talk');
}

async function assertBilledOnce(t: Test, app: RingpostCommand, { caller, buyer, bridgedAt }: Talk): Promise<void> {
  const truthMs = Date.now() - bridgedAt;
  caller.hangup();
  await buyer.ended;
  await mortal.allClosed(app);
  t.equal(await mortal.stop(app), 0);
  const found = (await mortal.calls()).filter(({ call }) => call.sipCallId === caller.sipCallId);
  t.match(found, [{ call: { outcome: 'sold', release: { by: 'caller' } } }]);
  const { call, ledger = [], recordings } = found[0] ?? {};
  t.ok(Math.abs((call?.talkMs ?? 0) - truthMs) < TOLERANCE_MS, `${call?.talkMs} ms billed, ${truthMs} ms talked`);
  t.equal(ledger.length, 2);
  t.match(recordings, [{ state: 'ready' }]);
  t.equal(await mortal.channelsLeft(), 0);
}

t.test('a deploy: the new process waits, the old one leaves its calls up, nobody hears of it', async (t) => {
  const old = await mortal.start();
  const talk = await talkThrough(old);
  const next = mortal.begin();
  t.match(await next.line(IS_WAITING), { pid: old.pid });
  await assertTalk(t, talk);
  t.equal(await mortal.stop(old), 0, 'it ends when its drain is over');
  t.ok(old.lines.some(({ msg }) => msg === 'calls are left up for the next start, which takes them over'));
  t.match(await next.line(TAKEN_OVER), { adopted: 1, closed: 0 });
  await assertTalk(t, talk);
  await assertBilledOnce(t, next, talk);
});

t.test(
  'a deploy where the drain hangs up: the caller and the buyer are let go, the next process finds nothing',
  async (t) => {
    const old = await mortal.start({ RINGPOST_DRAIN_END: 'hang-up' });
    const { caller, buyer } = await talkThrough(old);
    t.equal(await mortal.stop(old), 0);
    t.same(await Promise.all([caller.ended, buyer.ended]), [
      { kind: 'hung-up', by: 'far-end' },
      { kind: 'hung-up', by: 'far-end' },
    ]);
    const next = await mortal.start();
    t.notOk(next.lines.some(TAKEN_OVER));
    t.equal(await mortal.stop(next), 0);
  },
);

t.test('killed again while it takes calls over: the start after that does it', async (t) => {
  const first = await mortal.start();
  const talk = await talkThrough(first);
  await first.kill();
  const random = new SeededRandom(7);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const doomed = mortal.begin();
    const timer = setTimeout(() => void doomed.kill(), random.below(LATEST_KILL_MS));
    await doomed.exited;
    clearTimeout(timer);
  }
  const doomed = mortal.begin();
  await doomed.line(isStep('adopted'));
  await doomed.kill();
  const last = mortal.begin();
  t.match(await last.line(TAKEN_OVER), { adopted: 1, closed: 0 });
  await assertTalk(t, talk);
  await assertBilledOnce(t, last, talk);
});
