/**
 * Audio that stops, of one side or of both, and audio from somebody else. The first ends the call by itself, with its reason, on both
 * sides; the second is heard by nobody.
 */
import t, { type Test } from 'tap';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { AttackSystem } from '../attack/attack-system.js';
import { HostileBuyer } from '../attack/hostile-buyer.js';
import { type HostileCaller, sdpFor } from '../attack/hostile-caller.js';
import type { SipText } from '../attack/hostile-peer.js';
import { CoreWait } from '../support/core-wait.js';
import { sendFromStranger } from '../support/rtp-phone.js';

/** From the last packet to the record: the server looks once a second. */
const SLACK_MS = 3_000;
const MEDIA_TIMEOUT_MS = 2_000;

const system = await AttackSystem.start({
  mediaTimeoutMs: MEDIA_TIMEOUT_MS,
  switchEnvironment: { RINGPOST_FS_MEDIA_TIMEOUT_S: String(MEDIA_TIMEOUT_MS / 1_000) },
});
t.teardown(() => system.close());

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
/** A round of his packets alone would fill the half second that is measured; a click where a packet of the caller is missing stays far below. */
const STRANGER_HEARD_DB = -30;

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

interface Silence {
  /** Whose time-out has to act: that of the call, or that of the profile, which alone covers the buyer's leg. */
  readonly timeout: 'call' | 'profile';
  readonly begin: (at: Talk) => void;
}

const SILENCES: Readonly<Record<string, Silence>> = {
  'both sides fall silent while they talk': {
    timeout: 'call',
    begin: ({ callerAudio, buyerAudio }) => {
      callerAudio.setSending(false);
      buyerAudio.setSending(false);
    },
  },
  'the caller falls silent, the buyer talks on': {
    timeout: 'call',
    begin: ({ callerAudio }) => callerAudio.setSending(false),
  },
  'the buyer falls silent, the caller talks on': {
    timeout: 'profile',
    begin: ({ buyerAudio }) => buyerAudio.setSending(false),
  },
};

/** RINGPOST_FS_MEDIA_TIMEOUT_S with which FreeSWITCH was started; fault row F21 asks for 20 at the most. */
async function profileTimeoutMs(): Promise<number> {
  if (system.switch.kind === 'embedded') return MEDIA_TIMEOUT_MS;
  const profile = await system.api('xml_locate configuration configuration name sofia.conf');
  return Number(/name="rtp-timeout-sec" value="(\d+)"/.exec(profile)?.[1]) * 1_000;
}

for (const [what, { timeout, begin }] of Object.entries(SILENCES)) {
  t.test(`${what}: the media time-out ends the call on both sides, and the record says so`, async (t) => {
    const timeoutMs = timeout === 'call' ? MEDIA_TIMEOUT_MS : await profileTimeoutMs();
    const at = await talk(t);
    const byed = Promise.all([at.caller.byes(), at.buyer.byes()]);
    const wait = new CoreWait([process.pid, ...(system.switch.pid === null ? [] : [system.switch.pid])]);
    const silentAt = performance.now();
    begin(at);
    const { call } = await system.record(at.caller.callId);
    const tookMs = Math.round(performance.now() - silentAt);
    const waitedMs = wait.ms;
    await byed;
    t.match(call, { state: 'ended', outcome: 'sold', release: { cause: 'MEDIA_TIMEOUT' } });
    t.ok(tookMs >= MEDIA_TIMEOUT_MS / 2, `ended ${tookMs} ms after the last packet`);
    // A machine that is busy with other things is not what is measured.
    t.ok(tookMs - waitedMs < timeoutMs + SLACK_MS, `${waitedMs} ms of it were waited for a core`);
    await system.assertNothingHeld(t);
  });
}

t.test('packets of a stranger at the caller’s port are heard by nobody', async (t) => {
  const { caller: victim, buyer, callerRtpPort, buyerAudio, callerAudio } = await talk(t);
  let loudest = Number.NEGATIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const packets = Array.from({ length: 50 }, (_, index) => forged(round * 50 + index));
    await sendFromStranger('127.0.0.1', callerRtpPort, [...packets, Buffer.alloc(3), Buffer.alloc(60_000, 0xff)]);
    await buyerAudio.receives(5);
    loudest = Math.max(loudest, buyerAudio.levelDb(STRANGER_HZ));
  }
  await Promise.all([buyerAudio.receives(30), callerAudio.receives(30)]);
  loudest = Math.max(loudest, buyerAudio.levelDb(STRANGER_HZ));
  t.ok(loudest < STRANGER_HEARD_DB, 'the buyer does not hear the stranger');
  await buyerAudio.hears(CALLER_HZ);
  await callerAudio.hears(1_000);
  t.pass('the caller still gets the audio, not the stranger');
  const byed = buyer.byes();
  await victim.hangup();
  await byed;
  t.match((await system.record(victim.callId)).call, { state: 'ended', release: { by: 'caller' } });
  await system.assertNothingHeld(t);
});
