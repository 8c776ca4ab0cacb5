/**
 * First the FreeSWITCH of a call is killed, and the call goes on upon it when it is back; then the app is killed, and the next one takes the
 * call over (rows F9 and F1 in one call). The recording lies in two files by then, and the second one is still being written.
 */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import type { PhoneCall } from '../../src/embedded/phone/tone-phone.js';
import { callFaults } from '../support/call-invariants.js';
import { isStep, MortalApp, TAKEN_OVER } from './mortal-app.js';
import { startMortalServers, whyImmortal } from './mortal-media-server.js';
import { longestSilencesMs } from './moved-rig.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

const TALKED_PACKETS = 100;
const TOLERANCE_MS = 1_000;

const mediaOf = ({ media }: PhoneCall): TonePhoneMedia => media as TonePhoneMedia;

async function talk(caller: PhoneCall, buyer: PhoneCall): Promise<void> {
  await Promise.all([caller, buyer].map((call) => mediaOf(call).receives(TALKED_PACKETS)));
  await Promise.all([mediaOf(caller).hears(BUYER_HZ), mediaOf(buyer).hears(CALLER_HZ)]);
}

t.test('moved, and then taken over by the next process: one recording, whole', { skip: whyImmortal(0) }, async (t) => {
  const servers = await startMortalServers();
  const mortal = await MortalApp.open(() => Promise.resolve(servers));
  t.teardown(() => mortal.close());
  const buyers = await mortal.startPhone('buyer', { kind: 'answer', afterMs: 50 });
  const callers = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
  const did = await mortal.addCampaign({ targets: [{ id: 'acme', uri: buyers.uri }] });
  const first = await mortal.start();
  const rung = new Promise<PhoneCall>((resolve) => buyers.onCall(resolve));
  const caller = await callers.call(mortal.sipUri(did), '+13105550123');
  await first.line(isStep('recording-started'));
  const buyer = await rung;
  await talk(caller, buyer);
  await servers.kill();
  const killedAt = Date.now();
  await servers.revive();
  await first.line(isStep('moved'));
  await talk(caller, buyer);
  const backAt = Date.now();
  await first.kill();
  const second = await mortal.start();
  await second.line(TAKEN_OVER);
  await talk(caller, buyer);
  caller.hangup();
  await buyer.ended;
  await mortal.allClosed(second);
  t.equal(await mortal.stop(second), 0);
  const [details, ...others] = await mortal.calls();
  if (details === undefined) throw new Error('there is no record');
  t.same(others, [], 'one record');
  t.same(callFaults(details), []);
  const { call, recordings } = details;
  t.match(call, { outcome: 'sold', release: { by: 'caller' } });
  t.match(recordings, [{ state: 'ready' }], 'one recording');
  const { durationMs, wavPath } = recordings[0] ?? {};
  t.ok(Math.abs((durationMs ?? 0) - call.talkMs) < TOLERANCE_MS, `${durationMs} ms recorded of ${call.talkMs} ms`);
  const silentMs = Math.max(...longestSilencesMs(wavPath ?? ''));
  t.ok(
    silentMs < backAt - killedAt + TOLERANCE_MS,
    `${silentMs} ms of it are silent: what was said after the take-over is in it`,
  );
  t.notOk(
    readdirSync(dirname(wavPath ?? '')).some((name) => name.includes('since')),
    'no part is left',
  );
  t.equal(await mortal.channelsLeft(), 0);
});
