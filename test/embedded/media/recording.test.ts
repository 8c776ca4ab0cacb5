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

const TICK_MS = 20;
/** Not all: a frame that a busy thread sends 40 ms late is left out. */
const MOST = 0.6;

/** In which part of the pieces of 40 ms a tone is heard: where a frame is left out the tone leaps in its phase, and a long sum is blind to it. */
function shareWith(samples: Int16Array, frequencyHz: number): number {
  const pieces = Array.from({ length: Math.floor(samples.length / 320) }, (_, at) =>
    samples.subarray(at * 320, (at + 1) * 320),
  );
  return pieces.filter((piece) => toneLevelDb(piece, frequencyHz) > -13).length / pieces.length;
}

async function between<Answer>(order: () => Promise<Answer>) {
  const sentAt = performance.now();
  const answer = await order();
  return { sentAt, answer, doneAt: performance.now() };
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
  const orderedAt = performance.now();
  t.same(await a.session.startRecording(call), { ok: true });
  const begunAt = performance.now();
  t.match(await a.session.startRecording(call), { ok: false, error: /already/ });
  await a.phone.receives(50);
  const stoppedAt = performance.now();
  const end = await a.session.stopRecording(call.path);
  const [leastMs, mostMs] = [stoppedAt - begunAt - TICK_MS, performance.now() - orderedAt + TICK_MS];
  t.match(end, { path: call.path, reason: 'stopped', error: null });
  t.same((await log.next('record-end', a.session.id)).end, end);
  const { samples, channels } = readWav(call.path);
  t.equal(channels, 2);
  t.equal(samples.length, 2 * (end?.samples ?? 0));
  const durationMs = end?.durationMs ?? 0;
  t.ok(durationMs >= leastMs && durationMs <= mostMs, `${durationMs} ms, from ${leastMs} to ${mostMs}`);
  const [left, right] = [channel(samples, 0), channel(samples, 1)];
  t.ok(shareWith(left, 440) > MOST && shareWith(right, 1000) > MOST, 'each on its own channel');
  t.ok(toneLevelDb(left, 1000) < -40 && toneLevelDb(right, 440) < -40, 'and not on the other');
  t.equal(await a.session.stopRecording(call.path), null, 'it is over');
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('loss and reordering on both legs leave both channels on time', async (t) => {
  const network = badNetwork(20, 9);
  let passed = 0;
  const counting = (packet: Buffer, send: (bytes: Buffer) => void): void =>
    network(packet, (bytes) => {
      passed += 1;
      send(bytes);
    });
  const a = await openLeg(engine, { address, toneHz: 440, onSend: counting });
  const b = await openLeg(engine, { address, toneHz: 440, onSend: badNetwork(20, 7) });
  a.session.bridge(b.session);
  await Promise.all([a.phone.receives(10), b.phone.receives(10)]);
  const call = request('lossy.wav');
  await a.session.startRecording(call);
  const earlier = passed;
  await a.phone.receives(40);
  // The one that is on its way at either end may not be on it.
  const arrived = passed - earlier - 2;
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
  t.ok(loud > 0.9 * arrived * TICK_MS * 8, `what arrived is there: ${loud} samples of ${arrived} packets`);
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
  const recording = await between(() => leg.session.startRecording(call));
  await leg.phone.receives(25);
  const masked = await between(() => leg.session.maskRecording(call.path, true));
  await leg.phone.receives(25);
  const shown = await between(() => leg.session.maskRecording(call.path, false));
  await leg.phone.receives(25);
  await leg.session.stopRecording(call.path);
  t.same([masked.answer, shown.answer], [true, true]);
  t.equal(await leg.session.maskRecording(call.path, true), false);
  const { samples } = readWav(call.path);
  // Each order was carried out at some moment between its sending and its answer.
  const at = (ms: number): number => Math.max(0, Math.round(ms * 8));
  const [before, silentFrom] = [at(masked.sentAt - recording.doneAt), at(masked.doneAt - recording.sentAt)];
  const [silentTo, after] = [at(shown.sentAt - recording.doneAt), at(shown.doneAt - recording.sentAt)];
  const edge = 2 * TICK_MS * 8;
  for (const [index, frequencyHz] of [
    [0, 440],
    [1, 600],
  ] as const) {
    const side = channel(samples, index);
    t.ok(shareWith(side.subarray(0, before - edge), frequencyHz) > MOST, 'heard before the mask');
    t.ok(
      side.subarray(silentFrom + edge, silentTo - edge).every((sample) => sample === 0),
      'not under it',
    );
    t.ok(shareWith(side.subarray(after + edge), frequencyHz) > MOST, 'and after it');
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
