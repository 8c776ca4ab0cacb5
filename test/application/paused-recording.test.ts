/** The recording of a call is paused and resumed by the API and by the buyer's keys; a call that is taken over stays paused. */
import t from 'tap';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const OPTIONS = { targets: [staticTarget('alpha', 30)], campaign: { recordingKeys: '*7' } };

/** Two who have talked for 5 s. */
async function talking(options: ConstructorParameters<typeof CallFixture>[0] = OPTIONS) {
  const fixture = new CallFixture(options);
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(6_000);
  const [buyer] = fixture.telephony.buyers;
  const [{ callId } = { callId: '' }] = fixture.live.list();
  const live = fixture.live.find(callId);
  if (buyer === undefined || live === null) throw new Error('nobody talks');
  return { fixture, caller, buyer, done, recording: live.desk.recording };
}

const recordingLog = ({ telephony }: CallFixture) =>
  telephony.log.filter((line) => ['record start', 'mask', 'unmask', 'record stop'].includes(line));
const pauses = ({ steps }: CallFixture) =>
  steps.filter(({ step }) => /^recording-(paused|resumed)$/.test(step)).map(({ text }) => text);

t.test(
  'paused and resumed over the API: the file is silent in between, and the timeline says who it was',
  async (t) => {
    const { fixture, caller, done, recording } = await talking();
    t.match(await recording.pause('key desk (abc)'), { kind: 'done', isPaused: true });
    t.match(await recording.pause('key other (def)'), { kind: 'done', isPaused: true }, 'asked twice it stays paused');
    t.match(await recording.resume('key desk (abc)'), { kind: 'done', isPaused: false });
    caller.end();
    await done;
    t.same(recordingLog(fixture), ['record start', 'mask', 'unmask', 'record stop']);
    t.same(pauses(fixture), ['recording paused by key desk (abc)', 'recording resumed by key desk (abc)']);
    t.match(
      await recording.pause('key late (xyz)'),
      { kind: 'not-recording' },
      'when the talk is over there is nothing to pause',
    );
    t.same(fixture.leftovers(), []);
  },
);

t.test('two who ask at once: the recording does what was asked for last', async (t) => {
  const { fixture, caller, done, recording } = await talking();
  await Promise.all([recording.pause('a'), recording.resume('b'), recording.pause('c')]);
  t.equal(recording.isPaused, true);
  t.same(recordingLog(fixture).slice(1), ['mask', 'unmask', 'mask']);
  caller.end();
  await done;
});

t.test(
  'the buyer presses *7: paused; again: resumed; other keys, slow keys and the caller change nothing',
  async (t) => {
    const { fixture, caller, buyer, done } = await talking();
    for (const key of '1*87') buyer.press(key);
    buyer.press('*');
    await fixture.clock.advance(3_001);
    buyer.press('7');
    for (const key of '*7') caller.press(key);
    await settled();
    t.same(pauses(fixture), []);
    for (const key of '**7') buyer.press(key);
    await settled();
    for (const key of '*7') buyer.press(key);
    await settled();
    t.same(pauses(fixture), [
      'recording paused by the buyer, who pressed *7',
      'recording resumed by the buyer, who pressed *7',
    ]);
    caller.end();
    await done;
    t.same(fixture.leftovers(), []);
  },
);

t.test('without keys in the campaign the buyer cannot pause', async (t) => {
  const { fixture, caller, buyer, done } = await talking({ targets: [staticTarget('alpha', 30)] });
  for (const key of '*7') buyer.press(key);
  await settled();
  t.same(pauses(fixture), []);
  caller.end();
  await done;
});

t.test(
  'a media server that does not pause: the one who asked is told, and the call is not shown as paused',
  async (t) => {
    const { fixture, caller, done, recording } = await talking();
    caller.maskRecording = () => Promise.reject(new Error('no answer'));
    t.match(await recording.pause('key desk (abc)'), { kind: 'failed', detail: 'no answer' });
    t.equal(recording.isPaused, false);
    t.match(fixture.alarms, ['recording-pause: the recording could not be paused: no answer']);
    caller.end();
    await done;
  },
);

t.test(
  'the control app is killed while the recording is paused: the next one keeps it paused and can resume it',
  async (t) => {
    const { fixture: first, recording } = await talking();
    await recording.pause('key desk (abc)');
    const before = await killed(first);
    const next = nextProcess(first, 4_000, OPTIONS);
    next.telephony.survivors.carry(before.caller, {
      bridgedTo: before.buyer.channelId,
      recordingPaths: [before.recordPath],
    });
    next.telephony.survivors.carry(before.buyer, { bridgedTo: before.caller.channelId });
    await adopt(first, next);
    await settled();
    t.same(recordingLog(next), ['mask']);
    t.same(pauses(next), ['the recording stays paused, as key desk (abc) asked for']);
    const [{ callId } = { callId: '' }] = next.live.list();
    await next.live.find(callId)?.desk.recording.resume('key desk (abc)');
    t.same(
      (await next.calls.continuations()).map(({ pausedBy }) => pausedBy),
      [null],
    );
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    t.match(recordingLog(next), ['mask', 'unmask', 'record stop']);
    t.same(next.leftovers(), []);
  },
);
