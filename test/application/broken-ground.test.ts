// Stores, recordings, gateways and auctions that fail while a call is up. On scripted ports and a virtual clock.
import t from 'tap';
import type { Trunk } from '../../src/domain/trunks/trunk.js';
import { composeTrunk } from '../../src/domain/trunks/trunk-profile.js';
import { biddingTarget, DID, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { settled } from '../support/virtual-clock.js';

const DISK_FULL = (): Promise<never> => Promise.reject(new Error('disk full'));

t.test('the store fails before the answer: the caller is refused with 503 and not with a bug', async (t) => {
  const fixture = new CallFixture();
  fixture.calls.saveLeg = DISK_FULL;
  const { call, done } = fixture.invite();
  await done;
  t.equal(call.rejectedWith, 503);
  t.match((await fixture.stored()).call, { state: 'refused', outcome: 'refused' });
  t.match(fixture.alarms, [/its leg could not be journaled: disk full/]);
  t.same(fixture.leftovers(), []);
});

t.test('the store fails while a buyer is dialled: the call is sold, and recorded when the store is back', async (t) => {
  const fixture = new CallFixture();
  const { close } = fixture.calls;
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  fixture.calls.saveLeg = DISK_FULL;
  fixture.calls.save = DISK_FULL;
  fixture.calls.close = DISK_FULL;
  caller.greet();
  await fixture.clock.advance(11_000);
  caller.end();
  await fixture.clock.advance(3_000);
  fixture.calls.close = (closing) => close.call(fixture.calls, closing);
  await fixture.clock.advance(1_000);
  await done;
  const { call: record, ledger } = await fixture.stored();
  t.match(record, { outcome: 'sold', talkMs: 10_000, release: { by: 'caller' } });
  t.equal(ledger.length, 2);
  t.ok(fixture.alarms.every((alarm) => alarm.startsWith('store: ')));
  t.same(fixture.leftovers(), []);
});

t.test('a recording from the answer of a call that was cancelled does not stay open, and is no alarm', async (t) => {
  const fixture = new CallFixture({ campaign: { recording: 'from-answer' } });
  const { call, done } = fixture.invite();
  call.cancel();
  await done;
  await fixture.live.whenFollowed();
  t.match((await fixture.stored()).recordings, [{ state: 'lost', lostReason: 'the call was not answered' }]);
  t.same(fixture.alarms, []);
});

for (const [when, byeAfterMs] of [
  ['before', 0],
  ['just after', 200],
] as const) {
  t.test(`the caller hangs up while the recording begins, heard ${when} its refusal: no alarm`, async (t) => {
    const fixture = new CallFixture();
    const { call, done } = fixture.invite();
    const caller = await call.answeredLeg.promise;
    caller.startRecording = async () => {
      if (byeAfterMs === 0) caller.end();
      else fixture.clock.startTimer(byeAfterMs, () => caller.end());
      return { ok: false, error: 'uuid_record: -ERR Cannot locate session!' };
    };
    caller.greet();
    await fixture.clock.advance(3_000);
    await done;
    await fixture.live.whenFollowed();
    const { call: record, recordings } = await fixture.stored();
    t.match(record, { release: { by: 'caller' } });
    t.match(recordings, [{ state: 'lost', lostReason: 'the caller hung up before it began' }]);
    t.same(fixture.alarms, []);
    t.same(fixture.leftovers(), []);
  });
}

t.test('a recording that is refused while the caller talks is an alarm', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.recordingError = 'uuid_record: -ERR Cannot record session!';
  caller.greet();
  await fixture.clock.advance(3_000);
  caller.end();
  await done;
  await fixture.live.whenFollowed();
  t.match(fixture.alarms, [/^recording-lost: .*Cannot record session/]);
});

t.test('a recording from the answer is stopped and finished once, also when the buyer leaves at once', async (t) => {
  const fixture = new CallFixture({ campaign: { recording: 'from-answer' } });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(1_000);
  fixture.telephony.buyers[0]?.end();
  await settled();
  caller.end();
  await done;
  await fixture.live.whenFollowed();
  t.equal((await fixture.stored()).call.talkMs, 0);
  t.same(fixture.telephony.log.filter((line) => line === 'record stop').length, 1);
  t.equal(fixture.finishedRecordings.length, 1);
});

t.test('a fault of ours does not leave a recording from the answer open', async (t) => {
  const fixture = new CallFixture({ campaign: { recording: 'from-answer' } });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.bridge = () => Promise.reject(new Error('a bug'));
  caller.greet();
  await fixture.clock.advance(2_000);
  await done;
  await fixture.live.whenFollowed();
  t.match((await fixture.stored()).recordings, [{ state: 'ready' }]);
});

t.test('a caller who leaves no message in the voicemail is no alarm', async (t) => {
  const fixture = new CallFixture({
    targets: [],
    campaign: { fallback: [{ kind: 'voicemail', greetingPromptId: null, limitMs: 60_000 }] },
  });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.voicemailMs = 0;
  await settled();
  caller.end();
  await done;
  await fixture.live.whenFollowed();
  t.match((await fixture.stored()).recordings, [{ state: 'lost', lostReason: 'the caller left no message' }]);
  t.same(fixture.alarms, []);
});

t.test('a recording that the closing store gives back unfinished is not announced as ready', async (t) => {
  const fixture = new CallFixture();
  fixture.deps.recordings.finish = ({ recording }) => Promise.resolve(recording);
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(3_000);
  caller.end();
  await done;
  await fixture.live.whenFollowed();
  t.same(
    fixture.steps.filter((entry) => entry.step === 'recording-ready'),
    [],
  );
});

t.test('an auction that breaks is an alarm, and the caller goes to the fallback chain', async (t) => {
  const fixture = new CallFixture({
    targets: [biddingTarget('beta')],
    campaign: { fallback: [{ kind: 'message', promptId: 'apology' }] },
  });
  fixture.deps.bidders.ping = () => {
    throw new Error('a bug');
  };
  const { done } = fixture.invite();
  await done;
  t.equal((await fixture.stored()).call.outcome, 'message');
  t.match(fixture.alarms, ['bug: the auction failed: a bug']);
  t.same(fixture.leftovers(), []);
});

function trunkOut(changes: Partial<Trunk>): Trunk {
  const gateway = { host: '127.0.0.1', port: 5080, transport: 'udp', priority: 1, weight: 1 } as const;
  return composeTrunk({
    id: 'out',
    name: 'Outbound',
    isActive: true,
    sourceCidrs: [],
    gateways: [gateway, { ...gateway, port: 5081, priority: 2 }],
    defaultCountry: 'US',
    credentials: null,
    callerId: { kind: 'own', number: DID },
    maxInboundCalls: null,
    maxOutboundCalls: null,
    ...changes,
  });
}

const INBOUND = trunkOut({ id: 'trunk', name: 'Carrier', sourceCidrs: ['192.0.2.0/24'] });

const DESK = {
  kind: 'dial',
  destination: { kind: 'number', number: DID },
  trunkId: 'out',
  ringTimeoutMs: 10_000,
} as const;

for (const [what, changes] of [
  ['has no free line', { maxOutboundCalls: 0 }],
  ['is paused', { isActive: false }],
] as const) {
  t.test(`a fallback number is not dialled through a trunk that ${what}`, async (t) => {
    const fixture = new CallFixture({
      targets: [],
      campaign: { fallback: [DESK, { kind: 'message', promptId: 'apology' }] },
      document: { trunks: [INBOUND, trunkOut(changes)] },
    });
    const { done } = fixture.invite();
    await done;
    t.same(fixture.telephony.dialled, []);
    t.equal((await fixture.stored()).call.outcome, 'message');
    t.same(fixture.leftovers(), []);
  });
}

t.test('a second gateway rings for what the first has left of the ring time-out', async (t) => {
  const fixture = new CallFixture({
    targets: [staticTarget('alpha', 30, { destination: DESK.destination, trunkId: 'out', ringTimeoutMs: 20_000 })],
    document: { trunks: [INBOUND, trunkOut({})] },
  });
  const busy = { kind: 'fail', afterMs: 15_000, sipStatus: 503, cause: 'NORMAL_TEMPORARY_FAILURE' } as const;
  fixture.telephony.scripts.set('alpha', busy);
  const { done } = fixture.invite();
  await fixture.clock.advance(20_000);
  await done;
  t.same(
    fixture.telephony.dialled.map((request) => request.ringTimeoutMs),
    [20_000, 5_000],
  );
  t.same(fixture.leftovers(), []);
});
