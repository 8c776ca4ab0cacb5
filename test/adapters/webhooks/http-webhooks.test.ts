// What a receiver of webhooks gets, and where none can lead. On loopback, with a clock that a test turns where time matters.
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createAddressGuard } from '../../../src/adapters/bidders/address-guard.js';
import { ConnectionPools } from '../../../src/adapters/bidders/connection-pools.js';
import { createSystemClock } from '../../../src/adapters/system/system-clock.js';
import { createHttpWebhooks, signatureOf } from '../../../src/adapters/webhooks/http-webhooks.js';
import type { Clock } from '../../../src/application/ports/clock.js';
import { VirtualClock } from '../../support/virtual-clock.js';

interface Got {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers with the status, or never. */
async function receiverOf(t: Test, status: number | null, headers: Record<string, string> = {}) {
  const got: Got[] = [];
  let arrived = (): void => undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    got.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
    arrived();
    if (status !== null) response.writeHead(status, headers).end('thank you');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const whenArrived = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  return { got, url: `http://127.0.0.1:${port}/hook?tenant=1`, whenArrived };
}

function webhooksOf(t: Test, allowed: readonly string[] = ['127.0.0.0/8'], clock: Clock = createSystemClock()) {
  const guard = createAddressGuard(allowed);
  const pools = new ConnectionPools({ guard, maxOrigins: 5, connectionsPerOrigin: 2, trustedCertificates: null });
  t.teardown(() => pools.close());
  return createHttpWebhooks({ clock, poolOf: (origin) => pools.of(origin) });
}

function messageTo(t: Test, url: string, fields: Readonly<Record<string, string | number | null>> = { callId: 'c1' }) {
  const filePath = join(t.testdir(), 'message.mp3');
  writeFileSync(filePath, Buffer.from([0xff, 0xfb, 0x00, 0x0d, 0x0a, 0x2d, 0x2d]));
  const secret = 'a secret of the receiver';
  return { url, secret, id: 'r1', event: 'voicemail', fields, filePath, timeoutMs: 5_000 } as const;
}

t.test('fields and file arrive as a form, signed over every byte', async (t) => {
  const { got, url } = await receiverOf(t, 200);
  const hostile = { callId: 'c1', callerNumber: '"\r\nContent-Disposition: form-data; name="x"\r\n\r\n--' };
  const message = messageTo(t, url, hostile);
  t.same(await webhooksOf(t).send(message), { kind: 'taken' });
  const [request] = got;
  if (request === undefined) throw new Error('nothing has arrived');
  t.equal(request.url, '/hook?tenant=1');
  t.match(request.headers, { 'ringpost-delivery': 'r1', 'ringpost-event': 'voicemail' });
  const [, seconds = '', hmac = ''] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['ringpost-signature'])) ?? [];
  const expected = createHmac('sha256', message.secret).update(`${seconds}.`).update(request.body).digest('hex');
  t.equal(hmac, expected);
  t.not(signatureOf('another secret', Number(seconds), request.body), request.headers['ringpost-signature']);
  const form = await new Response(request.body, {
    headers: { 'content-type': String(request.headers['content-type']) },
  }).formData();
  t.same([...form.keys()], ['event', 'file'], 'a value breaks out of nothing');
  t.same(JSON.parse(String(form.get('event'))), { id: 'r1', event: 'voicemail', ...hostile });
  const file = form.get('file') as File;
  t.match({ name: file.name, type: file.type, size: file.size }, { name: 'r1.mp3', type: 'audio/mpeg', size: 7 });
});

t.test('whatever is not a 2xx is no delivery, and no redirection is followed', async (t) => {
  const inside = await receiverOf(t, 200);
  const moved = await receiverOf(t, 302, { location: inside.url });
  const broken = await receiverOf(t, 503);
  const webhooks = webhooksOf(t);
  t.same(await webhooks.send(messageTo(t, moved.url)), { kind: 'failed', detail: 'it answers 302' });
  t.same(await webhooks.send(messageTo(t, broken.url)), { kind: 'failed', detail: 'it answers 503' });
  t.same(inside.got, []);
});

t.test('an address inside is refused, by number and by name', async (t) => {
  const { got, url } = await receiverOf(t, 200);
  const webhooks = webhooksOf(t, []);
  t.match(await webhooks.send(messageTo(t, url)), { kind: 'failed', detail: /127\.0\.0\.1 is a loopback address/ });
  const named = url.replace('127.0.0.1', 'localhost');
  t.match(await webhooks.send(messageTo(t, named)), { kind: 'failed', detail: /leads inside/ });
  t.same(got, []);
});

t.test('a receiver who never answers is given up in time, and a missing file is a failure', async (t) => {
  const { url, whenArrived } = await receiverOf(t, null);
  const clock = new VirtualClock();
  const webhooks = webhooksOf(t, ['127.0.0.0/8'], clock);
  const sending = webhooks.send(messageTo(t, url));
  await whenArrived;
  await clock.advance(5_000);
  t.same(await sending, { kind: 'failed', detail: 'no answer in 5000 ms' });
  t.equal(clock.pendingTimers, 0);
  const missing = { ...messageTo(t, url), filePath: '/nowhere/message.mp3' };
  t.match(await webhooks.send(missing), { kind: 'failed', detail: /ENOENT/ });
});
