/** What a caller hears of prompts, music and tones, over real RTP. */

import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createMediaEngine } from '../../../src/embedded/media/media-engine.js';
import { SineSum } from '../../../src/embedded/media/tone.js';
import { wavHeader } from '../../../src/embedded/media/wav-format.js';
import { EventLog, openLeg } from '../../support/rtp-phone.js';

const address = '127.0.12.1';
const engine = await createMediaEngine({ rtpPortMin: 20_000, rtpPortMax: 20_099 });
const log = new EventLog(engine);
const folder = mkdtempSync(join(tmpdir(), 'ringpost-play-'));
t.teardown(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

function writeWav(name: string, samples: Int16Array): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([wavHeader(1, 8000, samples.length * 2), Buffer.from(samples.buffer)]));
  return path;
}

function tone(frequencyHz: number, samples: number): Int16Array {
  const target = new Int16Array(samples);
  new SineSum([frequencyHz], -7).fill(target, 0, samples);
  return target;
}

t.test('a file is heard from its first sample to its last, and its end is reported', async (t) => {
  // By the sample: a frame that a busy thread sends 40 ms late is left out, and what follows keeps its place.
  const heard = new Map<number, number>();
  let first: number | null = null;
  let last = 0;
  const leg = await openLeg(engine, {
    address,
    toneHz: null,
    onPacket: (header, datagram) => {
      first ??= header.timestamp;
      const start = (header.timestamp - first) >>> 0;
      for (const [at, octet] of datagram.subarray(header.payloadStart).entries()) heard.set(start + at, octet);
      last = Math.max(last, start + header.payloadBytes);
    },
  });
  // The octets of mu-law in turn, so that every sample is known.
  const path = join(folder, 'count.wav');
  const octets = Buffer.from(Array.from({ length: 1234 }, (_, i) => (i % 120) + 1));
  const header = wavHeader(1, 8000, octets.length);
  header.writeUInt16LE(7, 20);
  header.writeUInt16LE(8, 34);
  writeFileSync(path, Buffer.concat([header, octets]));
  const playId = leg.session.play({ source: { kind: 'file', path }, plays: 3 });
  t.match(await log.next('play-end', leg.session.id), { playId, end: 'done', playedMs: (3 * 1234) / 8 });
  leg.session.play({ source: { kind: 'silence', durationMs: 60_000 }, plays: 1 });
  await leg.phone.until(() => last >= 4 * 1234);
  const expected = Buffer.concat([octets, octets, octets]);
  const octetAt = (at: number): number => expected[at] ?? 0xff;
  const leftOut = [...expected.keys()].find((start) =>
    [...heard].every(([at, octet]) => octet === octetAt(start + at)),
  );
  t.not(leftOut, undefined, 'three rounds without a gap, then silence');
  t.ok(heard.has(2 * 1234 + 160 - (leftOut ?? 0)) || heard.has(3 * 1234 - 160 - (leftOut ?? 0)), 'to the last of them');
  t.equal(leg.phone.statistics.lost(), 0);
  await Promise.all([leg.phone.close(), leg.session.close()]);
  t.match(await log.next('play-end', leg.session.id), { end: 'stopped' });
});

t.test('music loops until it is stopped, and a new play takes the place of the old', async (t) => {
  const leg = await openLeg(engine, { address, toneHz: null, payloadType: 8 });
  // A whole number of periods, so that a gap between rounds would show as another tone.
  const music = leg.session.play({ source: { kind: 'file', path: writeWav('music.wav', tone(500, 800)) }, plays: 0 });
  await leg.phone.until(() => leg.phone.levelDb(500) > -11 && leg.phone.levelDb(560) < -55);
  const prompt = leg.session.play({
    source: { kind: 'file', path: writeWav('prompt.wav', tone(900, 8000)) },
    plays: 1,
  });
  t.match(await log.next('play-end', leg.session.id), { playId: music, end: 'stopped' });
  await leg.phone.hears(900, -12);
  leg.session.stopPlay();
  t.match(await log.next('play-end', leg.session.id), { playId: prompt, end: 'stopped' });
  leg.session.stopPlay();
  t.equal(log.events.length, 0, 'stopping nothing is nothing');
  t.equal(leg.phone.statistics.lost(), 0);
  await Promise.all([leg.phone.close(), leg.session.close()]);
});

t.test('a missing or broken file fails at once and the call goes on', async (t) => {
  const leg = await openLeg(engine, { address, toneHz: null });
  const broken = join(folder, 'broken.wav');
  writeFileSync(broken, 'RIFF\0\0\0\0WAVEnothing of use');
  for (const path of [join(folder, 'missing.wav'), broken, folder]) {
    const playId = leg.session.play({ source: { kind: 'file', path }, plays: 0 });
    t.match(await log.next('play-end', leg.session.id), { playId, end: 'failed', playedMs: 0 });
  }
  leg.session.play({ source: { kind: 'silence', durationMs: 40 }, plays: 1 });
  t.match(await log.next('play-end', leg.session.id), { end: 'done', playedMs: 40 });
  await Promise.all([leg.phone.close(), leg.session.close()]);
});

t.test('hours of music start at once and hold up nobody', async (t) => {
  const a = await openLeg(engine, { address, toneHz: null });
  const b = await openLeg(engine, { address, toneHz: null });
  // More than can be read at once: 50 hours, of which the disk holds the first second.
  const path = join(folder, 'long.wav');
  const dataBytes = 50 * 3600 * 8000 * 2;
  const second = Buffer.from(tone(500, 8000).buffer);
  writeFileSync(path, Buffer.concat([wavHeader(1, 8000, dataBytes), second]));
  truncateSync(path, wavHeader(1, 8000, dataBytes).length + dataBytes);
  b.session.play({
    source: { kind: 'tone', frequenciesHz: [700], onMs: 60_000, offMs: 0, loops: 1, levelDb: -7 },
    plays: 1,
  });
  await b.phone.receives(5);
  a.session.play({ source: { kind: 'file', path }, plays: 1 });
  await Promise.all([a.phone.hears(500), b.phone.receives(40)]);
  t.equal(b.phone.statistics.lost(), 0);
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
  t.match(await log.next('play-end', a.session.id), { end: 'stopped' });
});

t.test('packets come in the time that the peer asked for', async (t) => {
  for (const [ptimeMs, bytes] of [
    [10, 80],
    [20, 160],
    [30, 240],
    [40, 320],
  ] as const) {
    const sizes: number[] = [];
    const steps: number[] = [];
    let last: number | null = null;
    const leg = await openLeg(engine, {
      address,
      toneHz: null,
      onPacket: (header) => {
        sizes.push(header.payloadBytes);
        if (last !== null) steps.push(header.timestamp - last);
        last = header.timestamp;
      },
    });
    const { address: phoneAddress, port } = leg.phone;
    await leg.session.setRemote({
      address: phoneAddress,
      port,
      payloadType: 0,
      telephoneEventPayloadType: null,
      ptimeMs,
      send: true,
      receive: true,
    });
    leg.session.play({ source: { kind: 'silence', durationMs: 60_000 }, plays: 1 });
    await leg.phone.receives(240 / ptimeMs);
    t.ok(
      sizes.every((size) => size === bytes),
      `${ptimeMs} ms`,
    );
    // A frame that a busy thread sends 40 ms late is left out.
    t.ok(steps.every((step) => step >>> 0 >= bytes && (step >>> 0) % 80 === 0));
    await Promise.all([leg.phone.close(), leg.session.close()]);
  }
});
