/**
 * Far ends that fall silent: an ACK that never comes, audio that stops, audio from somebody else. Each call ends by itself with its
 * reason; nobody else's packets keep it up or are heard in it. The two systems run at the same time, since both have to wait.
 */
import t, { type Test } from 'tap';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { sendFromStranger } from '../support/rtp-phone.js';
import { AttackSystem } from './attack-system.js';
import { HostileBuyer } from './hostile-buyer.js';
import { type HostileCaller, sdpFor } from './hostile-caller.js';
import type { SipText } from './hostile-peer.js';

const TEST_LIMIT_MS = 60_000;
const MEDIA_TIMEOUT_MS = 2_000;

const system = await AttackSystem.start({ mediaTimeoutMs: MEDIA_TIMEOUT_MS });
const patient = await AttackSystem.start();
t.teardown(() => Promise.all([system.close(), patient.close()]).then(() => undefined));

const rtpPortOf = (sdp: SipText): number => Number(/^m=audio (\d+)/m.exec(sdp.body)?.[1]);

interface Talk {
  readonly caller: HostileCaller;
  readonly buyer: HostileBuyer;
  readonly callerAudio: TonePhoneMedia;
  readonly buyerAudio: TonePhoneMedia;
  /** The switch's port on the caller's leg. */
  readonly callerRtpPort: number;
}

async function talk(t: Test): Promise<Talk> {
  const open = (toneHz: number): Promise<TonePhoneMedia> => TonePhoneMedia.open({ address: '127.0.0.1', toneHz });
  const [callerAudio, buyerAudio] = await Promise.all([open(CALLER_HZ), open(1_000)]);
  t.teardown(() => Promise.all([callerAudio.close(), buyerAudio.close()]).then(() => undefined));
  const buyer = new HostileBuyer(await system.peer());
  const did = await system.addCampaign({ targets: [{ id: 'b', uri: buyer.uri }], changes: { greetingPromptId: null } });
  const caller = await system.caller(did);
  const ok = await caller.call({ sdp: sdpFor(callerAudio.port) });
  callerAudio.setRemote('127.0.0.1', rtpPortOf(ok), 0);
  const invite = await buyer.invite();
  buyerAudio.setRemote('127.0.0.1', rtpPortOf(invite), 0);
  await buyer.answer(invite, '200 OK', { sdp: sdpFor(buyerAudio.port) });
  await Promise.all([callerAudio.hears(1_000), buyerAudio.hears(CALLER_HZ)]);
  return { caller, buyer, callerAudio, buyerAudio, callerRtpPort: rtpPortOf(ok) };
}

/** Not a tone of the ringing that a buyer hears before the bridge, so that hearing it means being bridged. */
const CALLER_HZ = 700;
const STRANGER_HZ = 2_000;

/** A packet of a loud 2,000 Hz square wave in mu-law, two samples up and two down. */
function forged(sequence: number): Buffer {
  const packet = Buffer.alloc(172);
  for (let index = 12; index < packet.length; index += 1) packet[index] = (index & 2) === 0 ? 0x10 : 0x90;
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(0, 1);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE(sequence * 160, 4);
  packet.writeUInt32BE(0xbadbad, 8);
  return packet;
}

t.test(
  'no ACK to our 200: it is repeated, then BYE after 64*T1, and the record says so',
  { timeout: TEST_LIMIT_MS },
  async (t) => {
    const did = await patient.addCampaign({
      targets: [],
      changes: { greetingPromptId: null, apologyPromptId: null, fallback: [] },
    });
    const caller = await patient.caller(did);
    const waiting = (async () => {
      await caller.peer.send(caller.invite());
      caller.confirm(await caller.peer.response(200));
      await caller.peer.response(200, 'INVITE', 3);
      return await caller.byes();
    })();

    await t.test('both sides fall silent while they talk: the call ends with that reason', async (t) => {
      const { caller: silent, buyer, callerAudio, buyerAudio } = await talk(t);
      const byed = Promise.all([silent.byes(), buyer.byes()]);
      callerAudio.setSending(false);
      buyerAudio.setSending(false);
      const { call } = await system.record(silent.callId);
      t.match(call, { state: 'ended', outcome: 'sold' });
      t.comment(JSON.stringify(call.release));
      await byed;
      t.ok(call.talkMs > MEDIA_TIMEOUT_MS / 2 && call.talkMs < 20_000, `talk of ${call.talkMs} ms`);
      await system.assertNothingHeld(t);
    });

    await t.test('packets of a stranger at the caller’s port are heard by nobody', async (t) => {
      const { caller: victim, buyer, callerRtpPort, buyerAudio, callerAudio } = await talk(t);
      for (let round = 0; round < 5; round += 1) {
        const packets = Array.from({ length: 50 }, (_, index) => forged(round * 50 + index));
        await sendFromStranger('127.0.0.1', callerRtpPort, [...packets, Buffer.alloc(3), Buffer.alloc(60_000, 0xff)]);
        await buyerAudio.receives(5);
      }
      await Promise.all([buyerAudio.receives(30), callerAudio.receives(30)]);
      t.ok(buyerAudio.levelDb(STRANGER_HZ) < -45, 'the buyer does not hear the stranger');
      await buyerAudio.hears(CALLER_HZ);
      t.ok(callerAudio.levelDb(1_000) > -20, 'the caller still gets the audio, not the stranger');
      const byed = buyer.byes();
      await victim.hangup();
      await byed;
      t.match((await system.record(victim.callId)).call, { state: 'ended', release: { by: 'caller' } });
      await system.assertNothingHeld(t);
    });

    t.match((await waiting).header('call-id'), caller.callId);
    const { call } = await patient.record(caller.callId);
    t.match(call, { state: 'ended', outcome: 'abandoned', release: { cause: 'RECOVERY_ON_TIMER_EXPIRE' } });
    t.comment(JSON.stringify(call.release));
    await patient.assertNothingHeld(t);
  },
);
