/** Recordings of real calls over loopback: who is on which channel, and how long they are. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createMediaEngine } from '../../../src/embedded/media/media-engine.js';
import type { RecordRequest } from '../../../src/embedded/media/media-port.js';
import { toneLevelDb } from '../../../src/embedded/media/tone-detector.js';
import { badNetwork, EventLog, openLeg, readWav } from '../../support/rtp-phone.js';

const address = '127.0.13.1';
const engine = await createMediaEngine({ rtpPortMin: 20_000, rtpPortMax: 20_099 });
const log = new EventLog(engine);
const folder = mkdtempSync(join(tmpdir(), 'ringpost-record-'));
t.teardown(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

function request(name: string, more: Partial<RecordRequest> = {}): RecordRequest {
  return { path: join(folder, name), channels: 'stereo', limitMs: 0, silenceEndMs: 0, ...more };
}

function channel(samples: Int16Array, index: number): Int16Array {
  return samples.filter((_, i) => i % 2 === index);
}

t.test('caller left, buyer right, no crosstalk, as long as it was recorded', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: 1000, payloadType: 8 });
  a.session.bridge(b.session);
  await Promise.all([a.phone.hears(1000, -12), b.phone.hears(440, -12)]);
  const call = request('new-folder/call.wav');
  const startedMs = performance.now();
  t.same(await a.session.startRecording(call), { ok: true });
  t.match(await a.session.startRecording(call), { ok: false, error: /already/ });
  await a.phone.receives(50);
  const end = await a.session.stopRecording(call.path);
  const wallMs = performance.now() - startedMs;
  t.match(end, { path: call.path, reason: 'stopped', error: null });
  t.same((await log.next('record-end', a.session.id)).end, end);
  const { samples, channels } = readWav(call.path);
  t.equal(channels, 2);
  t.equal(samples.length, 2 * (end?.samples ?? 0));
  t.ok(Math.abs((end?.durationMs ?? 0) - wallMs) < 100, `${end?.durationMs} ms of ${wallMs} ms`);
  const [left, right] = [channel(samples, 0), channel(samples, 1)];
  const levels = [left, right].map((side) => [440, 1000].map((frequencyHz) => toneLevelDb(side, frequencyHz)));
  t.ok((levels[0]?.[0] ?? 0) > -13 && (levels[1]?.[1] ?? 0) > -13, `each on its own channel: ${levels}`);
  t.ok((levels[0]?.[1] ?? 0) < -40 && (levels[1]?.[0] ?? 0) < -40, `and not on the other: ${levels}`);
  t.equal(await a.session.stopRecording(call.path), null, 'it is over');
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('loss and reordering on both legs leave both channels on time', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440, onSend: badNetwork(20, 9) });
  const b = await openLeg(engine, { address, toneHz: 440, onSend: badNetwork(20, 7) });
  a.session.bridge(b.session);
  await Promise.all([a.phone.receives(10), b.phone.receives(10)]);
  const call = request('lossy.wav');
  await a.session.startRecording(call);
  await a.phone.receives(40);
  // Both fall silent at once; both channels must do so at the same place.
  a.phone.setTone(null);
  b.phone.setTone(null);
  await a.phone.receives(20);
  const end = await a.session.stopRecording(call.path);
  const { samples } = readWav(call.path);
  t.equal(samples.length, 2 * (end?.samples ?? 0));
  const lastLoud = [0, 1].map((index) => channel(samples, index).findLastIndex((sample) => Math.abs(sample) > 1000));
  t.ok(Math.abs((lastLoud[0] ?? 0) - (lastLoud[1] ?? 9999)) <= 480, `${lastLoud} samples`);
  const loud = channel(samples, 0).filter((sample) => sample !== 0).length;
  t.ok(loud > 0.85 * (lastLoud[0] ?? 0), 'what arrived is there');
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('what is played is on the right channel, the mask silences both', async (t) => {
  const leg = await openLeg(engine, { address, toneHz: 440 });
  leg.session.play({
    source: { kind: 'tone', frequenciesHz: [600], onMs: 60_000, offMs: 0, loops: 1, levelDb: -7 },
    plays: 1,
  });
  await leg.phone.receives(5);
  const call = request('masked.wav');
  await leg.session.startRecording(call);
  await leg.phone.receives(25);
  t.equal(await leg.session.maskRecording(call.path, true), true);
  await leg.phone.receives(25);
  t.equal(await leg.session.maskRecording(call.path, false), true);
  await leg.phone.receives(25);
  const end = await leg.session.stopRecording(call.path);
  t.equal(await leg.session.maskRecording(call.path, true), false);
  const { samples } = readWav(call.path);
  t.ok(Math.abs((end?.durationMs ?? 0) - 1500) < 150);
  for (const [index, frequencyHz] of [
    [0, 440],
    [1, 600],
  ] as const) {
    const side = channel(samples, index);
    t.ok(toneLevelDb(side.subarray(0, 3200), frequencyHz) > -13);
    t.ok(side.subarray(4600, 7400).every((sample) => sample === 0));
    t.ok(toneLevelDb(side.subarray(8800), frequencyHz) > -13);
  }
  await Promise.all([leg.phone.close(), leg.session.close()]);
});

t.test('a message ends by silence or by its limit', async (t) => {
  const leg = await openLeg(engine, { address, toneHz: 440 });
  await leg.session.startRecording(request('limit.wav', { channels: 'mono-received', limitMs: 300 }));
  t.match((await log.next('record-end', leg.session.id)).end, { reason: 'limit', durationMs: 300, samples: 2400 });
  t.equal(readWav(join(folder, 'limit.wav')).samples.length, 2400);
  await leg.session.startRecording(request('silence.wav', { channels: 'mono-received', silenceEndMs: 300 }));
  leg.phone.setTone(null);
  t.match((await log.next('record-end', leg.session.id)).end, { reason: 'silence' });
  await Promise.all([leg.phone.close(), leg.session.close()]);
});

t.test('a session that closes completes its recordings, and so does an engine', async (t) => {
  const leg = await openLeg(engine, { address, toneHz: 440 });
  await leg.session.startRecording(request('closed.wav'));
  leg.session.play({ source: { kind: 'silence', durationMs: 100 }, plays: 1 });
  await log.next('play-end', leg.session.id);
  await leg.session.close();
  const { end } = await log.next('record-end', leg.session.id);
  t.match(end, { reason: 'closed', error: null });
  t.equal(readWav(end.path).samples.length, 2 * end.samples);
  await leg.phone.close();

  const other = await createMediaEngine({ rtpPortMin: 20_100, rtpPortMax: 20_199 });
  const otherLog = new EventLog(other);
  const otherLeg = await openLeg(other, { address, toneHz: 440 });
  await otherLeg.session.startRecording(request('engine.wav'));
  await other.close();
  const last = await otherLog.next('record-end', otherLeg.session.id);
  t.equal(readWav(last.end.path).samples.length, 2 * last.end.samples);
  await otherLeg.phone.close();
});

t.test('a vanished folder ends the recording with its reason, and the call goes on', async (t) => {
  const leg = await openLeg(engine, { address, toneHz: 440 });
  const call = request('doomed/call.wav');
  await leg.session.startRecording(call);
  rmSync(join(folder, 'doomed'), { recursive: true });
  t.match(await leg.session.stopRecording(call.path), { reason: 'error', error: /ENOENT/ });
  t.match(await leg.session.startRecording(request('../\0/x.wav')), { ok: false });
  leg.session.play({ source: { kind: 'silence', durationMs: 40 }, plays: 1 });
  t.match(await log.next('play-end', leg.session.id), { end: 'done' });
  await Promise.all([leg.phone.close(), leg.session.close()]);
});
