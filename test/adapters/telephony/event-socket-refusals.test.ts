// Fault row F11: FreeSWITCH answers -ERR, or nothing at all, to each command that we use. Each has its deadline and its way out.
import t, { type Test } from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import type { BuyerLeg, CallerLeg } from '../../../src/application/ports/telephony.js';
import { callerOf, dialBuyer } from './scripted-calls.js';
import { inDialog, nothingLeft, type Rig, startRig, until } from './scripted-servers.js';
import { NOTHING_LEFT } from './telephony-under-test.js';

const PATH = '/recordings/talk.wav';

/** From now on FreeSWITCH refuses the command, or says nothing to it; all else is obeyed. */
function spoil(rig: Rig, command: RegExp, kind: 'refuses' | 'says nothing'): void {
  rig.freeswitch.onApi = (line) => {
    if (command.test(line)) return kind === 'refuses' ? '-ERR No such channel!\n' : null;
    if (line.startsWith('uuid_exists')) return 'true';
    return '+OK\n';
  };
}

async function answeredCaller(t: Test): Promise<{ readonly rig: Rig; readonly caller: CallerLeg }> {
  const rig = await startRig(t);
  return { rig, caller: await callerOf(rig, 'f11') };
}

/** Turns the clock in small steps until it has happened. */
async function settled<T>(rig: Rig, work: Promise<T>): Promise<T> {
  let isOver = false;
  const end = work.finally(() => {
    isOver = true;
  });
  end.catch(() => undefined);
  while (!isOver) await rig.clock.advance(10);
  return await end;
}

/** A command that was never answered is forgotten with its connection, which the next ping would end. */
async function nothingHeld(rig: Rig): Promise<object> {
  rig.freeswitch.dropClient();
  return await nothingLeft(rig);
}

for (const kind of ['refuses', 'says nothing'] as const) {
  const error = kind === 'refuses' ? 'CommandFailedError' : 'DeadlineError';

  for (const [what, command] of [
    ['uuid_setvar', /^uuid_setvar/],
    ['uuid_transfer', /^uuid_transfer/],
  ] as const) {
    t.test(`${what} ${kind} before a message: the caller is not left in the music, he is hung up`, async (t) => {
      const { rig, caller } = await answeredCaller(t);
      spoil(rig, command, kind);
      const end = await settled(rig, caller.playMessage('/prompts/sorry.wav'));
      t.match(end, { by: 'us', cause: 'NORMAL_TEMPORARY_FAILURE' });
      t.same(await nothingHeld(rig), NOTHING_LEFT);
    });

    t.test(`${what} ${kind} before voicemail: he is hung up and nothing is recorded`, async (t) => {
      const { rig, caller } = await answeredCaller(t);
      spoil(rig, command, kind);
      const request = { greetingPath: null, recordPath: PATH, limitMs: 10_000 };
      t.match(await settled(rig, caller.takeVoicemail(request)), { durationMs: 0, end: { by: 'us' } });
      t.same(await nothingHeld(rig), NOTHING_LEFT);
    });
  }

  t.test(`uuid_record start ${kind}: the talk goes on without a recording, and says why`, async (t) => {
    const { rig, caller } = await answeredCaller(t);
    spoil(rig, /^uuid_record .* start/, kind);
    t.match(await settled(rig, caller.startRecording(PATH)), { ok: false, error: String });
    t.equal(caller.hasEnded, false);
    await settled(rig, caller.hangup('NORMAL_CLEARING'));
    t.same(await nothingHeld(rig), NOTHING_LEFT);
  });

  t.test(`uuid_record stop ${kind} and no end comes: it counts as ended at its deadline`, async (t) => {
    const { rig, caller } = await answeredCaller(t);
    t.same(await caller.startRecording(PATH), { ok: true });
    spoil(rig, /^uuid_record .* stop/, kind);
    t.match(await settled(rig, caller.stopRecording(PATH)), { durationMs: null, failure: /more than 5000 ms/ });
    await settled(rig, caller.hangup('NORMAL_CLEARING'));
    t.same(await nothingHeld(rig), NOTHING_LEFT);
  });

  t.test(`uuid_record mask ${kind}: whoever asked for it hears of it, the call goes on`, async (t) => {
    const { rig, caller } = await answeredCaller(t);
    t.same(await caller.startRecording(PATH), { ok: true });
    spoil(rig, /^uuid_record .* (mask|unmask)/, kind);
    await t.rejects(settled(rig, caller.maskRecording(PATH, true)), { name: error });
    await t.rejects(settled(rig, caller.maskRecording(PATH, false)), { name: error });
    t.equal(caller.hasEnded, false);
    rig.freeswitch.event({ 'Event-Name': 'RECORD_STOP', 'Unique-ID': caller.channelId, 'Record-File-Path': PATH });
    await settled(rig, caller.hangup('NORMAL_CLEARING'));
    t.same(await nothingHeld(rig), NOTHING_LEFT);
  });

  t.test(`uuid_send_dtmf ${kind}: whoever asked for it hears of it, the call goes on`, async (t) => {
    const { rig, caller } = await answeredCaller(t);
    spoil(rig, /^uuid_send_dtmf/, kind);
    await t.rejects(settled(rig, caller.sendDtmf('12#')), { name: error });
    t.equal(caller.hasEnded, false);
    await settled(rig, caller.hangup('NORMAL_CLEARING'));
    t.same(await nothingHeld(rig), NOTHING_LEFT);
  });

  t.test(`uuid_recv_dtmf ${kind}: the key that came in an INFO is heard all the same`, async (t) => {
    const { rig, caller } = await answeredCaller(t);
    spoil(rig, /^uuid_recv_dtmf/, kind);
    const heard = new Promise<string>((resolve) => caller.onDtmf(resolve));
    const info = inDialog('INFO', 'f11').replace(
      'Content-Length: 0',
      'Content-Type: application/dtmf\r\nContent-Length: 1',
    );
    rig.drachtio.deliver(`${info}5`, 'txn-info', 'dialog-txn-f11');
    t.equal(await settled(rig, heard), '5');
    await settled(rig, caller.hangup('NORMAL_CLEARING'));
    t.same(await nothingHeld(rig), NOTHING_LEFT);
  });

  t.test(`uuid_kill ${kind} when no BYE is answered either: the leg is let go at its deadlines`, async (t) => {
    const { rig, caller } = await answeredCaller(t);
    spoil(rig, /^uuid_kill/, kind);
    rig.drachtio.onRequest = () => undefined;
    await settled(rig, caller.hangup('NORMAL_CLEARING'));
    t.equal(rig.telephony.counts().callerLegs, 0);
    t.equal(rig.telephony.counts().dialogs, 0);
  });

  t.test(
    `uuid_exists and uuid_getvar ${kind === 'refuses' ? 'refuse' : 'say nothing'} after a flap: the call goes on`,
    async (t) => {
      const { rig, caller } = await answeredCaller(t);
      spoil(rig, /^uuid_(exists|getvar)/, kind);
      rig.freeswitch.dropClient();
      await until(rig, () => !rig.telephony.ready().isReady);
      await rig.clock.advance(50);
      await until(rig, () => rig.telephony.ready().isReady);
      if (kind === 'says nothing') await rig.clock.advance(DEFAULT_DEADLINES.commandMs);
      await until(rig, () => rig.log.has('a channel could not be asked for'));
      t.equal(caller.hasEnded, false);
      await settled(rig, caller.hangup('NORMAL_CLEARING'));
      t.same(await nothingHeld(rig), NOTHING_LEFT);
    },
  );
}

t.test('uuid_bridge says nothing, but the two are joined: they count as bridged', async (t) => {
  const { rig, caller } = await answeredCaller(t);
  const dialled = await dialBuyer(rig);
  if (dialled.kind !== 'answered') throw new Error(dialled.kind);
  const buyer: BuyerLeg = dialled.leg;
  const [a, b] = [caller.channelId, buyer.channelId];
  rig.freeswitch.event({ 'Event-Name': 'CUSTOM', 'Event-Subclass': 'ringpost::buyer_ready', 'Unique-ID': b });
  rig.freeswitch.onApi = (line) => {
    if (!line.startsWith('uuid_bridge')) return '+OK\n';
    rig.freeswitch.event({ 'Event-Name': 'CHANNEL_BRIDGE', 'Unique-ID': a, 'Bridge-B-Unique-ID': b });
    return null;
  };
  t.equal((await caller.bridge(buyer, 'ending')).kind, 'bridged');
  rig.freeswitch.onApi = () => '+OK\n';
  await settled(rig, Promise.all([caller.hangup('NORMAL_CLEARING'), buyer.hangup('NORMAL_CLEARING')]));
  t.same(await nothingHeld(rig), NOTHING_LEFT);
});
