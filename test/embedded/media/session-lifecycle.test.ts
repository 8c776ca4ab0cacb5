/** Ports, strangers, floods, time-outs and the death of a worker. */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { createMediaEngine } from '../../../src/embedded/media/media-engine.js';
import { PortsExhaustedError } from '../../../src/embedded/media/media-errors.js';
import { parseCompound } from '../../../src/embedded/media/rtcp-packet.js';
import { writeRtpHeader } from '../../../src/embedded/media/rtp-packet.js';
import { EventLog, openLeg, remoteOf, sendFromStranger } from '../../support/rtp-phone.js';

const address = '127.0.14.1';
/** Many times what a busy machine holds up this thread, where the phones live. */
const TIMEOUT_MS = 1_500;

async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  // An error of the socket rejects the wait.
  const outcome = once(socket, 'listening').then(
    () => true,
    () => false,
  );
  socket.bind({ port, address, exclusive: true });
  const free = await outcome;
  socket.close();
  return free;
}

/** Sockets of this process; the folder's own entry is gone by the time it is looked at. */
function openSockets(): number {
  const links = readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith('socket:')).length;
}

function rtpPacket(sequence: number, payloadType = 0): Buffer {
  const packet = Buffer.alloc(172, 0x00);
  writeRtpHeader(packet, payloadType, false, sequence, sequence * 160, 0xbad);
  return packet;
}

t.test(
  'ports are even pairs, bound for real, refused in a sentence when all are taken, and free at the end',
  async (t) => {
    const engine = await createMediaEngine({ rtpPortMin: 20_000, rtpPortMax: 20_005 });
    const sessions = await Promise.all([1, 2, 3].map(() => engine.createSession({ address })));
    t.same(sessions.map((session) => session.rtpPort).sort(), [20_000, 20_002, 20_004]);
    for (const port of [20_000, 20_001, 20_005]) t.equal(await isFree(port), false, `${port} is bound`);
    await t.rejects(engine.createSession({ address }), {
      constructor: PortsExhaustedError,
      message: 'no pair of RTP ports is free between 20000 and 20005',
    });
    await sessions[0]?.close();
    await sessions[0]?.close();
    t.equal(engine.sessionCount(), 2);
    t.equal((await engine.createSession({ address })).rtpPort, sessions[0]?.rtpPort);
    await engine.close();
    for (let port = 20_000; port <= 20_005; port += 1) t.ok(await isFree(port), `${port} is free`);
    await t.rejects(engine.createSession({ address }), /closed/);
  },
);

t.test('a port that another program holds is passed over, and the pair whose RTCP port is', async (t) => {
  const other = createSocket('udp4');
  other.bind({ port: 20_011, address, exclusive: true });
  await once(other, 'listening');
  const engine = await createMediaEngine({ rtpPortMin: 20_010, rtpPortMax: 20_013 });
  t.equal((await engine.createSession({ address })).rtpPort, 20_012);
  t.ok(await isFree(20_010), 'the half of the pair that could be bound is free again');
  await engine.close();
  other.close();
});

t.test('an address that is not ours, or none, is an error and takes no port', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 20_020, rtpPortMax: 20_021 });
  await t.rejects(engine.createSession({ address: '192.0.2.77' }), { code: 'EADDRNOTAVAIL' });
  await t.rejects(engine.createSession({ address: 'localhost; rm -rf' }), /not an IP address/);
  const session = await engine.createSession({ address });
  for (const bad of ['example.com', '::1', '']) {
    const remote = { payloadType: 0 as const, telephoneEventPayloadType: null, ptimeMs: 20, send: true, receive: true };
    await t.rejects(session.setRemote({ ...remote, address: bad, port: 4000 }), /not an IP address/);
  }
  await engine.close();
  await t.rejects(createMediaEngine({ rtpPortMin: 20_001, rtpPortMax: 20_002 }), RangeError);
});

t.test('a stranger who sends to a call is not heard, not answered and counted', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 20_030, rtpPortMax: 20_049 });
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: null });
  a.session.bridge(b.session);
  await b.phone.hears(440, -12);
  const before = await a.session.stats();
  await sendFromStranger('127.0.14.2', a.session.rtpPort, []);
  await sendFromStranger(
    address,
    a.session.rtpPort,
    Array.from({ length: 20 }, (_, i) => rtpPacket(i)),
  );
  await b.phone.receives(25);
  const after = await a.session.stats();
  t.equal(after.packetsIgnored - before.packetsIgnored, 20);
  t.equal(b.phone.statistics.lost(), 0);
  t.ok(b.phone.levelDb(440) > -12);
  await Promise.all([a.phone.close(), b.phone.close(), engine.close()]);
});

t.test('rubbish and floods are ignored and the call is heard through them', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 20_050, rtpPortMax: 20_069 });
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: null });
  a.session.bridge(b.session);
  await b.phone.hears(440, -12);
  const rubbish = [
    Buffer.alloc(0),
    Buffer.alloc(5),
    Buffer.alloc(60_000, 0x80),
    rtpPacket(1, 97),
    ...Array.from({ length: 300 }, (_, i) => randomBytes(i)),
  ];
  await sendFromStranger(address, a.session.rtpPort, rubbish);
  await sendFromStranger(address, a.session.rtpPort + 1, rubbish);
  await b.phone.receives(25);
  t.ok((await a.session.stats()).packetsIgnored > 200);
  t.equal(b.phone.statistics.lost(), 0);
  await Promise.all([a.phone.close(), b.phone.close(), engine.close()]);
});

t.test('a peer behind NAT is heard and answered where it is; a re-INVITE with a new address moves it', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 20_070, rtpPortMax: 20_089 });
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: 1000 });
  await a.session.setRemote({ ...remoteOf(a.phone), address: '127.0.14.200' });
  a.session.bridge(b.session);
  await a.phone.hears(1000, -12);
  const c = await openLeg(engine, { address, toneHz: 700 });
  a.phone.setSending(false);
  await a.session.setRemote(remoteOf(c.phone));
  c.phone.setRemote(address, a.session.rtpPort, 0);
  await Promise.all([c.phone.hears(1000, -12), b.phone.hears(700, -12)]);
  await b.phone.until(() => b.phone.levelDb(440) < -50);
  t.ok(b.phone.levelDb(700) > -15, 'the new one is heard, and the one who left is not');
  await Promise.all([a.phone.close(), b.phone.close(), c.phone.close(), engine.close()]);
});

t.test('a peer that falls silent is reported once, one on hold is not', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 20_090, rtpPortMax: 20_099 });
  const log = new EventLog(engine);
  const a = await openLeg(engine, { address, toneHz: 440 });
  const held = await openLeg(engine, { address, toneHz: 440 });
  await held.session.setRemote({ ...remoteOf(held.phone), receive: false });
  held.phone.setSending(false);
  held.session.setMediaTimeout(TIMEOUT_MS / 2);
  a.session.setMediaTimeout(TIMEOUT_MS);
  // Longer than the time-out: it is his packets that put it off.
  const longerMs = TIMEOUT_MS + 500;
  a.session.play({ source: { kind: 'silence', durationMs: longerMs }, plays: 1 });
  await log.next('play-end', a.session.id);
  t.notOk(
    log.events.some((event) => event.type === 'media-timeout'),
    'not while it speaks',
  );
  a.phone.setSending(false);
  await log.next('media-timeout', a.session.id);
  a.session.play({ source: { kind: 'silence', durationMs: longerMs }, plays: 1 });
  await log.next('play-end', a.session.id);
  t.notOk(log.events.some((event) => event.type === 'media-timeout'));
  await Promise.all([a.phone.close(), held.phone.close(), engine.close()]);
});

t.test('a session says BYE over RTCP with what it sent and how it received', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 20_100, rtpPortMax: 20_109 });
  const rtp = createSocket('udp4').bind(20_200, address);
  const rtcp = createSocket('udp4').bind(20_201, address);
  await Promise.all([once(rtp, 'listening'), once(rtcp, 'listening')]);
  const session = await engine.createSession({ address });
  const remote = { payloadType: 0 as const, telephoneEventPayloadType: null, ptimeMs: 20, send: true, receive: true };
  await session.setRemote({ ...remote, address, port: 20_200 });
  // Nine packets of ten: sequence 5 is missing.
  for (const sequence of [0, 1, 2, 3, 4, 6, 7, 8, 9]) rtp.send(rtpPacket(sequence), session.rtpPort, address);
  session.play({ source: { kind: 'silence', durationMs: 60_000 }, plays: 1 });
  // How many are sent until then is not certain: a frame that is 40 ms late is left out.
  for (let count = 0; count < 5; count += 1) await once(rtp, 'message');
  session.stopPlay();
  const { packetsSent } = await session.stats();
  t.ok(packetsSent >= 5);
  const bye = once(rtcp, 'message');
  await session.close();
  const [datagram] = (await bye) as [Buffer];
  const received = parseCompound(datagram);
  t.match(received, { hasBye: true, senderReport: Number, reports: [{ ssrc: 0xbad, cumulativeLost: 1 }] });
  t.equal(datagram.readUInt32BE(20), packetsSent, 'packets sent');
  t.equal(datagram.readUInt32BE(24), packetsSent * 160, 'octets sent');
  rtp.close();
  rtcp.close();
  await engine.close();
});

t.test('two hundred sessions, opened and closed twice, leave no socket behind', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 21_000, rtpPortMax: 21_399 });
  await (await engine.createSession({ address })).close();
  const before = openSockets();
  for (let round = 0; round < 2; round += 1) {
    const sessions = await Promise.all(Array.from({ length: 200 }, () => engine.createSession({ address })));
    t.equal(engine.sessionCount(), 200);
    t.equal(openSockets() - before, 400, 'two sockets each');
    await Promise.all(sessions.map((session) => session.close()));
    t.equal(engine.sessionCount(), 0);
    t.equal(openSockets(), before);
  }
  await engine.close();
});

t.test('a thread that dies is reported with the sessions it had, and new sessions get a new one', async (t) => {
  const workerProgram = new URL('./dying-media-worker.js', import.meta.url);
  const engine = await createMediaEngine({ rtpPortMin: 20_110, rtpPortMax: 20_113, workerProgram });
  const log = new EventLog(engine);
  const failure = new Promise<readonly string[]>((resolve) => {
    engine.onFailure((error, sessionIds) => {
      t.match(error.message, /gone: died by order/);
      resolve(sessionIds);
    });
  });
  const session = await engine.createSession({ address });
  session.play({ source: { kind: 'silence', durationMs: -1 }, plays: 1 });
  await session.stats();
  session.sendDtmf('die', 100);
  t.same(await failure, [session.id]);
  t.match(await log.next('play-end', session.id), { end: 'failed' });
  await t.rejects(session.stats(), /gone/);
  t.same(await session.stopRecording('/x'), null);
  await session.close();
  t.equal(engine.sessionCount(), 0);
  const next = await engine.createSession({ address });
  t.match(await next.stats(), { packetsSent: 0 });
  await engine.close();
});

t.test('a bug in one session costs that session and no other', async (t) => {
  const engine = await createMediaEngine({ rtpPortMin: 20_120, rtpPortMax: 20_129 });
  const a = await openLeg(engine, { address, toneHz: 440 });
  const b = await openLeg(engine, { address, toneHz: null });
  const other = await engine.createSession({ address });
  a.session.bridge(b.session);
  const failure = new Promise<readonly string[]>((resolve) => engine.onFailure((_error, ids) => resolve(ids)));
  // No caller of ours can send this; it stands for whatever we did not think of.
  other.play(JSON.parse('{"source":null}'));
  t.same(await failure, [other.id]);
  await b.phone.hears(440);
  t.equal(b.phone.statistics.lost(), 0);
  await Promise.all([a.phone.close(), b.phone.close(), engine.close()]);
});
