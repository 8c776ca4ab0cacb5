/** Supervisors on a call, on the scripted engine: who asked for what stands in the timeline, and nothing of them outlives the talk. */
import t from 'tap';
import type { MonitorRequest } from '../../src/application/agents/monitor-desk.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const OPTIONS = { targets: [staticTarget('alpha', 30)] };
const ASKED: MonitorRequest = {
  mode: 'listen',
  to: 'buyer',
  ring: { destination: { kind: 'sip', uri: 'sip:boss@127.0.0.1' }, trunkId: null },
  by: 'key boss (abc)',
};

/** Two who talk; supervisors answer after a second. */
async function talking() {
  const fixture = new CallFixture(OPTIONS);
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  const desk = fixture.live.find(fixture.live.list()[0]?.callId ?? '')?.desk;
  if (desk === undefined) throw new Error('no call');
  t.same(desk.monitors.start(ASKED), { kind: 'no-talk' }, 'nobody talks yet');
  caller.greet();
  await fixture.clock.advance(6_000);
  return { fixture, caller, done, monitors: desk.monitors };
}

const told = ({ steps }: CallFixture) => steps.filter(({ step }) => step === 'monitor').map(({ text }) => text);
const attached = ({ telephony }: CallFixture) => telephony.log.filter((line) => line.startsWith('attach'));

t.test('he is rung, let in, changes his manner and leaves; the timeline says who asked for each', async (t) => {
  const { fixture, caller, done, monitors } = await talking();
  const started = monitors.start(ASKED);
  const id = started.kind === 'started' ? started.monitor.id : '';
  t.match(monitors.list(), [{ id, state: 'ringing', destination: 'sip:boss@127.0.0.1', by: 'key boss (abc)' }]);
  await fixture.clock.advance(1_000);
  t.match(monitors.list(), [{ state: 'on', mode: 'listen' }]);
  t.match(await monitors.change(id, { mode: 'whisper', to: 'caller' }, 'key other (def)'), { kind: 'changed' });
  t.match(await monitors.change('nobody', { mode: 'barge', to: 'buyer' }, 'x'), { kind: 'missing' });
  t.same(attached(fixture), ['attach listen', 'attach whisper-caller']);
  fixture.telephony.buyers[1]?.end();
  await settled();
  t.same(monitors.list(), []);
  t.same(told(fixture), [
    'a supervisor is rung who listens, and nobody hears him, as key boss (abc) asked for',
    'INVITE to the supervisor',
    'the supervisor rings',
    'the supervisor answers after 1000 ms',
    'the supervisor listens, and nobody hears him',
    'the supervisor now whispers to the caller, as key other (def) asked for',
    'the supervisor is gone',
  ]);
  t.match(fixture.live.list(), [{ state: 'bridged' }], 'the talk goes on');
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('the talk ends while one listens and another one rings: neither is left', async (t) => {
  const { fixture, caller, done, monitors } = await talking();
  monitors.start(ASKED);
  await fixture.clock.advance(1_000);
  fixture.telephony.scripts.set('fallback', { kind: 'hang' });
  monitors.start(ASKED);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
  t.match(told(fixture).slice(-2).sort(), [/did not come: /, 'the supervisor is gone']);
});

t.test('he is sent away while he rings, and while he listens', async (t) => {
  const { fixture, caller, done, monitors } = await talking();
  for (const waitMs of [0, 1_000]) {
    const started = monitors.start(ASKED);
    await fixture.clock.advance(waitMs);
    t.equal(await monitors.stop(started.kind === 'started' ? started.monitor.id : '', 'key boss (abc)'), true);
    t.same(monitors.list(), []);
  }
  t.equal(await monitors.stop('nobody', 'key boss (abc)'), false);
  t.equal(fixture.telephony.counts().buyerLegs, 1, 'the buyer alone is up');
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('six at once are one too many', async (t) => {
  const { fixture, caller, done, monitors } = await talking();
  for (let count = 0; count < 5; count += 1) t.equal(monitors.start(ASKED).kind, 'started');
  t.match(monitors.start(ASKED), { kind: 'too-many', most: 5 });
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('a manner that the media server does not take: he is hung up, since nobody knows who hears him', async (t) => {
  const { fixture, caller, done, monitors } = await talking();
  const started = monitors.start(ASKED);
  const id = started.kind === 'started' ? started.monitor.id : '';
  await fixture.clock.advance(1_000);
  fixture.telephony.attachError = 'no answer';
  t.match(await monitors.change(id, { mode: 'barge', to: 'buyer' }, 'x'), { kind: 'failed', detail: 'no answer' });
  await settled();
  t.same(monitors.list(), []);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('the control app is killed while one listens: the next one hangs him up, and takes another', async (t) => {
  const { fixture: first, monitors } = await talking();
  monitors.start(ASKED);
  await first.clock.advance(1_000);
  const { details, caller } = await killed(first);
  const [buyer, supervisor] = details.legs.filter(({ side }) => side === 'b');
  if (buyer === undefined || supervisor === undefined) throw new Error('a leg is not journaled');
  const next = nextProcess(first, 1_000, OPTIONS);
  const recordingPaths = details.recordings.map(({ wavPath }) => wavPath ?? '');
  next.telephony.survivors.carry(caller, { bridgedTo: buyer.channelId, recordingPaths });
  next.telephony.survivors.carry(buyer, { bridgedTo: caller.channelId });
  next.telephony.survivors.carry(supervisor, { bridgedTo: null });
  await adopt(first, next);
  await settled();
  const [adopted] = next.telephony.survivors.adopted;
  t.equal((await next.stored()).legs.find(({ legId }) => legId === supervisor.legId)?.state, 'ended');
  const live = next.live.find(details.call.callId);
  t.equal(live?.desk.monitors.start(ASKED).kind, 'started');
  await next.clock.advance(1_000);
  t.match(live?.desk.monitors.list(), [{ state: 'on' }]);
  adopted?.caller.end();
  await settled();
  t.same(next.leftovers(), []);
});
