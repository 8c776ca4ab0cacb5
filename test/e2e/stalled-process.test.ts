/**
 * Fault row F3: `ringpost start` stopped by a signal and continued, as a machine does that swaps or is moved. A moment is nothing; after two
 * seconds what waits in the control connection is not trusted; after longer the process ends itself and another one takes its place.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Voice } from '../adapters/telephony/voice.js';
import { type LogLine, RingpostCommand } from './ringpost-command.js';
import { startSwitchUnderTest } from './switch-under-test.js';

const STALL_EXIT_MS = 4_000;
const PACKETS_PER_SECOND = 50;

const under = await startSwitchUnderTest({});
t.teardown(() => under.stop());
const folder = mkdtempSync(join(tmpdir(), 'ringpost-stall-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
// Audio to itself is the clock: a packet every 20 ms.
const clock = await Voice.open();
t.teardown(() => clock.close());
clock.speakTo(`m=audio ${clock.port} RTP/AVP 0`);

function start(): RingpostCommand {
  const [server] = under.mediaServers;
  if (server === undefined) throw new Error('there is no media server');
  return new RingpostCommand(['start'], {
    RINGPOST_ENGINE: 'servers',
    RINGPOST_DATA_FOLDER: folder,
    RINGPOST_HTTP_PORT: '0',
    RINGPOST_DRAIN_MS: '0',
    RINGPOST_STALL_EXIT_MS: String(STALL_EXIT_MS),
    DRACHTIO_PORT: String(under.drachtio.port),
    DRACHTIO_SECRET: under.drachtio.secret,
    FREESWITCH_EVENT_SOCKET_PORT: String(server.eventSocketPort),
    FREESWITCH_EVENT_SOCKET_PASSWORD: server.password,
    FREESWITCH_SIP_ADDRESS: server.sipAddress,
  });
}

async function standStill(app: RingpostCommand, seconds: number): Promise<void> {
  process.kill(app.pid ?? 0, 'SIGSTOP');
  await clock.heard(seconds * PACKETS_PER_SECOND);
  process.kill(app.pid ?? 0, 'SIGCONT');
}

const says =
  (words: RegExp) =>
  ({ msg }: LogLine): boolean =>
    words.test(String(msg));
const isReady = says(/^ready for calls/);
const isUp = says(/^the control link to drachtio is up/);
const isDistrusted = says(/^the event loop has stood still; the control link to drachtio is renewed/);

t.test('stopped for a moment, for seconds, for too long', async (t) => {
  const app = start();
  t.teardown(() => app.kill());
  await app.line(isReady);

  await t.test('0.6 s: nothing happens', async (t) => {
    await standStill(app, 0.6);
    await clock.heard(PACKETS_PER_SECOND / 2);
    t.notOk(app.lines.some(isDistrusted));
  });

  await t.test('2.6 s: the control connection is discarded and opened anew', async (t) => {
    await standStill(app, 2.6);
    await app.line(isDistrusted);
    while (app.lines.filter(isUp).length < 2) await clock.heard(1);
    t.ok(app.lines.findLastIndex(isUp) > app.lines.findIndex(isDistrusted));
  });

  await t.test('4.6 s: the process ends itself, and the next one is ready for calls', async (t) => {
    await standStill(app, 4.6);
    const code = await app.exited;
    t.ok(code === 70 || code === null, `it ended with ${code ?? 'SIGKILL'}`);
    const next = start();
    t.teardown(() => next.kill());
    await next.line(isReady);
    next.stop();
    t.equal(await next.exited, 0);
  });
});
