// FreeSWITCH drops an event that somebody waits for, while its event socket stays up: it is asked for, and nobody waits for ever.
import t, { type Test } from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import { callerOf, dialBuyer } from './scripted-calls.js';
import { nothingLeft, type Rig, startRig } from './scripted-servers.js';
import { NOTHING_LEFT } from './telephony-under-test.js';

const { pingIntervalMs, bridgeMs } = DEFAULT_DEADLINES;
/** It is asked at the second ping; the clock is turned on while the answers travel. */
const ASKED_MS = 3 * pingIntervalMs;

/** What FreeSWITCH says of its channels when it is asked; all else is obeyed. */
function answers(rig: Rig, variables: Readonly<Record<string, string>>): void {
  rig.freeswitch.onApi = (line) => {
    if (line.startsWith('uuid_exists')) return 'true';
    const [name, , variable = ''] = line.split(' ');
    return name === 'uuid_getvar' ? (variables[variable] ?? '_undef_') : '+OK\n';
  };
}

function pinged(t: Test): Promise<Rig> {
  return startRig(t, undefined, { pingIntervalMs });
}

/** How long it took, by the clock that is turned until it has happened; never more than a minute. */
async function settled(rig: Rig, work: Promise<unknown>): Promise<number> {
  const sinceMs = rig.clock.monotonicMs();
  let isOver = false;
  void work.finally(() => {
    isOver = true;
  });
  while (!isOver && rig.clock.monotonicMs() - sinceMs < 60_000) await rig.clock.advance(10);
  return rig.clock.monotonicMs() - sinceMs;
}

t.test('the end of the greeting: the caller hears music, so he has been greeted', async (t) => {
  const rig = await pinged(t);
  answers(rig, { current_application: 'playback' });
  const caller = await callerOf(rig, 'dropped');
  let isGreeted = false;
  void caller.greeted.then(() => {
    isGreeted = true;
  });
  for (let ms = 0; ms < 5 * pingIntervalMs; ms += 10) await rig.clock.advance(10);
  t.equal(isGreeted, false, 'a greeting that plays still is heard out');
  answers(rig, { current_application: 'loop_playback' });
  t.ok((await settled(rig, caller.greeted)) < ASKED_MS);
  await settled(rig, caller.hangup('NORMAL_CLEARING'));
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('the end of a greeting that leads into a flow: the flow begins', async (t) => {
  const rig = await pinged(t);
  answers(rig, { current_application: 'playback', ringpost_prompted: '0' });
  const caller = await callerOf(rig, 'dropped');
  t.ok((await settled(rig, caller.greeted)) < ASKED_MS);
  await settled(rig, caller.hangup('NORMAL_CLEARING'));
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('the end of the whisper, and the bridge: the two are joined, and talk', async (t) => {
  const rig = await pinged(t);
  answers(rig, {});
  const caller = await callerOf(rig, 'dropped');
  const dialled = await dialBuyer(rig);
  if (dialled.kind !== 'answered') throw new Error(dialled.kind);
  answers(rig, { current_application: 'loop_playback', bridge_to: dialled.leg.channelId });
  const bridging = caller.bridge(dialled.leg, 'ending');
  t.ok((await settled(rig, bridging)) < ASKED_MS + 2 * bridgeMs);
  t.equal((await bridging).kind, 'bridged');
  t.equal(rig.freeswitch.commands.filter((line) => line.startsWith('api uuid_bridge')).length, 1);
  await settled(rig, Promise.all([caller.hangup('NORMAL_CLEARING'), dialled.leg.hangup('NORMAL_CLEARING')]));
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('no bridge, and FreeSWITCH says so: it has failed at its deadline', async (t) => {
  const rig = await pinged(t);
  answers(rig, { current_application: 'loop_playback' });
  const caller = await callerOf(rig, 'dropped');
  const dialled = await dialBuyer(rig);
  if (dialled.kind !== 'answered') throw new Error(dialled.kind);
  const bridging = caller.bridge(dialled.leg, 'ending');
  await settled(rig, bridging);
  t.match(await bridging, { kind: 'failed', detail: /more than 3000 ms/ });
  await settled(rig, Promise.all([caller.hangup('NORMAL_CLEARING'), dialled.leg.hangup('NORMAL_CLEARING')]));
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});
