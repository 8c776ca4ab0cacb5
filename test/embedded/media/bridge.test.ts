/** Two phones, one bridge: real RTP over loopback through the engine. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createMediaEngine } from '../../../src/embedded/media/media-engine.js';
import { badNetwork, EventLog, openLeg, remoteOf } from '../../support/rtp-phone.js';

const address = '127.0.11.1';
const engine = await createMediaEngine({ rtpPortMin: 20_000, rtpPortMax: 20_099 });
const log = new EventLog(engine);
const folder = mkdtempSync(join(tmpdir(), 'ringpost-bridge-'));
t.teardown(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

interface SeenPacket {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly payload: Buffer;
}

t.test('each hears the other, mu-law on one side and A-law on the other', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440, payloadType: 0 });
  const b = await openLeg(engine, { address, toneHz: 1000, payloadType: 8 });
  a.session.bridge(b.session);
  await Promise.all([a.phone.hears(1000, -12), b.phone.hears(440, -12)]);
  t.ok(a.phone.levelDb(440) < -50 && b.phone.levelDb(1000) < -50, 'and not itself');
  t.same([a.phone.statistics.lost(), b.phone.statistics.lost()], [0, 0]);
  a.session.unbridge();
  await Promise.all([a.phone.close(), b.phone.close(), a.session.close(), b.session.close()]);
});

t.test('the receiver sees one stream through bridge, prompt, DTMF, bridge to another leg and loss', async (t) => {
  const seen: SeenPacket[] = [];
  const a = await openLeg(engine, {
    address,
    toneHz: 440,
    onPacket: (header, datagram) => {
      const payload = Buffer.from(datagram.subarray(header.payloadStart));
      seen.push({ ...header, payload });
    },
  });
  const b = await openLeg(engine, { address, toneHz: 1000 });
  const c = await openLeg(engine, { address, toneHz: 700, payloadType: 8 });
  a.session.play({
    source: { kind: 'tone', frequenciesHz: [600], onMs: 200, offMs: 0, loops: 1, levelDb: -7 },
    plays: 1,
  });
  await log.next('play-end', a.session.id);
  a.session.bridge(b.session);
  await a.phone.hears(1000);
  a.session.sendDtmf('9', 60);
  await a.phone.until(() => a.phone.digits === '9');
  a.session.play({ source: { kind: 'silence', durationMs: 100 }, plays: 1 });
  await log.next('play-end', a.session.id);
  a.session.unbridge();
  a.session.bridge(c.session);
  await a.phone.hears(700);
  t.equal(new Set(seen.map((packet) => packet.ssrc)).size, 1);
  seen.forEach((packet, i) => {
    const before = seen[i - 1];
    if (before === undefined) return;
    t.equal(packet.sequence, (before.sequence + 1) & 0xffff);
    t.ok(((packet.timestamp - before.timestamp) | 0) >= (packet.payloadType === 101 ? 0 : 160));
  });
  t.ok(seen[0]?.marker, 'the first packet is marked');
  await Promise.all([a, b, c].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('DTMF passes the bridge both ways as events, once each, and is reported', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: null });
  a.session.bridge(b.session);
  await Promise.all([a.phone.receives(3), b.phone.receives(3)]);
  a.phone.sendDtmf('12#', 80);
  b.phone.sendDtmf('*D', 120);
  await Promise.all([
    b.phone.until(() => b.phone.digits.length === 3),
    a.phone.until(() => a.phone.digits.length === 2),
  ]);
  t.same([a.phone.digits, b.phone.digits], ['*D', '12#']);
  t.same(b.phone.digitDurationsMs, [80, 80, 80]);
  for (const digit of '12#') t.match(await log.next('dtmf', a.session.id), { digit, durationMs: 80 });
  t.equal(a.phone.statistics.lost() + b.phone.statistics.lost(), 0, 'events leave no hole in the audio');
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('what is played to a leg takes the place of the bridge, and the bridge comes back', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: 1000 });
  a.session.bridge(b.session);
  await Promise.all([a.phone.hears(1000, -12), b.phone.hears(440, -12)]);
  a.session.play({
    source: { kind: 'tone', frequenciesHz: [600], onMs: 800, offMs: 0, loops: 1, levelDb: -7 },
    plays: 1,
  });
  await a.phone.until(() => a.phone.levelDb(600) > -12 && a.phone.levelDb(1000) < -50);
  await log.next('play-end', a.session.id);
  await a.phone.until(() => a.phone.levelDb(1000) > -12 && a.phone.levelDb(600) < -50);
  await b.phone.hears(440, -12);
  t.same([a.phone.statistics.lost(), b.phone.statistics.lost()], [0, 0]);
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('loss and reordering of one leg are seen by the other as they are', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440, onSend: badNetwork(10, 7) });
  const b = await openLeg(engine, { address, toneHz: null });
  a.session.bridge(b.session);
  await b.phone.receives(60);
  const stats = await a.session.stats();
  t.ok(stats.packetsLost >= 5 && stats.packetsLost <= 9, `${stats.packetsLost} lost`);
  t.ok(Math.abs(b.phone.statistics.lost() - stats.packetsLost) <= 2);
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('a leg on hold is sent nothing, and hears again when it resumes', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: 1000 });
  a.session.bridge(b.session);
  await a.phone.hears(1000);
  await a.session.setRemote({ ...remoteOf(a.phone), send: false });
  const { packetsSent } = await a.session.stats();
  await b.phone.receives(10);
  t.equal((await a.session.stats()).packetsSent, packetsSent);
  await a.session.setRemote(remoteOf(a.phone));
  await a.phone.receives(10);
  t.equal(a.phone.statistics.lost(), 0, 'the pause was no loss');
  await Promise.all([a, b].flatMap((leg) => [leg.phone.close(), leg.session.close()]));
});

t.test('a leg that closes leaves the other in silence and unharmed', async (t) => {
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: 1000 });
  a.session.bridge(b.session);
  await a.phone.hears(1000);
  await b.session.close();
  const { packetsSent } = await a.session.stats();
  // The clock goes on while nothing is sent: this session's own ticks end what it records.
  const path = join(folder, 'alone.wav');
  await a.session.startRecording({ path, channels: 'stereo', limitMs: 200, silenceEndMs: 0 });
  await log.next('record-end', a.session.id);
  t.equal((await a.session.stats()).packetsSent, packetsSent, 'silence');
  a.session.play({
    source: { kind: 'tone', frequenciesHz: [600], onMs: 60_000, offMs: 0, loops: 1, levelDb: -7 },
    plays: 1,
  });
  await a.phone.hears(600);
  await Promise.all([a.phone.close(), b.phone.close(), a.session.close()]);
});

t.test('legs of different threads hear each other, DTMF and prompts included, without a packet lost', async (t) => {
  const threads = await createMediaEngine({ rtpPortMin: 20_100, rtpPortMax: 20_199, workers: 2 });
  const events = new EventLog(threads);
  const a = await openLeg(threads, { address, toneHz: 440, payloadType: 0 });
  const b = await openLeg(threads, { address, toneHz: 1000, payloadType: 8 });
  const c = await openLeg(threads, { address, toneHz: 700 });
  a.session.bridge(b.session);
  await Promise.all([a.phone.hears(1000, -12), b.phone.hears(440, -12)]);
  a.phone.sendDtmf('42', 80);
  await b.phone.until(() => b.phone.digits === '42');
  t.match(await events.next('dtmf', a.session.id), { digit: '4' });
  b.session.play({
    source: { kind: 'tone', frequenciesHz: [600], onMs: 600, offMs: 0, loops: 1, levelDb: -7 },
    plays: 1,
  });
  await b.phone.hears(600, -12);
  await events.next('play-end', b.session.id);
  await b.phone.hears(440, -12);
  c.session.bridge(a.session);
  await Promise.all([a.phone.hears(700, -12), c.phone.hears(440, -12)]);
  const { packetsSent } = await b.session.stats();
  await a.phone.receives(5);
  t.equal((await b.session.stats()).packetsSent, packetsSent, 'the leg that was left hears nothing');
  t.same(
    [a, b, c].map((leg) => leg.phone.statistics.lost()),
    [0, 0, 0],
  );
  await Promise.all([a.phone.close(), b.phone.close(), c.phone.close(), threads.close()]);
});
