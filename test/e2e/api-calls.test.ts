/**
 * A real call as an operator sees it over the API: on the live feed while it happens, in the list of live calls, hung up by him, and
 * listened to afterwards through a signed link.
 */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { WebSocket } from 'undici';
import { makeKey } from '../../src/cli/run-key.js';
import { SCOPES } from '../../src/domain/campaigns/api-key.js';
import { missingProgram } from '../support/installed-program.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';

const skip = missingProgram('sipp');

interface Listed {
  readonly items: readonly { readonly id: string; readonly state: string; readonly callerNumber: string }[];
}

interface ToldCall {
  readonly outcome: string;
  readonly release: { readonly by: string; readonly detail: string };
  readonly recordings: readonly { readonly id: string; readonly formats: readonly string[] }[];
}

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
const url = sut.app.apiUrl ?? '';
const { text: key } = await makeKey(sut.app.store.keys, 'test', SCOPES);
const headers = { authorization: `Bearer ${key}` };

async function ask<Body>(path: string, init: RequestInit = {}): Promise<Body> {
  const response = await fetch(`${url}${path}`, { headers, ...init });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

async function listen(t: Test, recordingId: string, format: string): Promise<Buffer> {
  const link = await ask<{ url: string }>(`/api/v1/recordings/${recordingId}/link?format=${format}`);
  const sound = await fetch(`${url}${link.url}`);
  t.equal(sound.status, 200, `the link to the ${format} needs no key`);
  return Buffer.from(await sound.arrayBuffer());
}

t.test('an operator follows a call, hangs it up and listens to it', { skip }, async (t) => {
  t.match(await ask('/readyz'), { isReady: true });
  const feed = new WebSocket(`${url.replace('http', 'ws')}/api/v1/feed`, { headers });
  t.teardown(() => feed.close());
  const steps: string[] = [];
  feed.addEventListener('message', ({ data }) => {
    const { type, step } = JSON.parse(String(data)) as { type: string; step?: string };
    steps.push(step ?? type);
  });
  await once(feed, 'message');
  const buyer = await sut.startBuyer('uas-answers-expect-bye');
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
  const started = sut.reached('recording-started');
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  await started;
  await caller.receives(40);
  const { items } = await ask<Listed>('/api/v1/live-calls');
  t.match(items, [{ state: 'bridged', callerNumber: '+13105550123' }]);
  const id = items[0]?.id ?? '';
  await ask(`/api/v1/live-calls/${id}/hangup`, { method: 'POST' });
  t.equal((await caller.run.ended).diagnosis, '', 'the caller gets BYE');
  t.equal((await buyer.run.ended).diagnosis, '', 'and so does the buyer');
  await sut.record(caller);
  const told = await ask<ToldCall>(`/api/v1/calls/${id}`);
  t.equal(told.release.by, 'system');
  t.match(await ask('/api/v1/live-calls'), { items: [] });
  const [recording] = told.recordings;
  t.same(recording?.formats, ['mp3', 'wav']);
  t.equal((await listen(t, recording?.id ?? '', 'wav')).toString('latin1', 0, 4), 'RIFF');
  t.ok((await listen(t, recording?.id ?? '', 'mp3')).length > 1_000);
  t.match(await ask(`/api/v1/recordings/${recording?.id}/waveform`), { version: 2, channels: 2 });
  while (!steps.includes('closed')) await once(feed, 'message');
  const ORDER = ['hello', 'received', 'admitted', 'answered', 'bridged', 'released', 'billed', 'closed'];
  t.same(
    steps.filter((step) => ORDER.includes(step)),
    ORDER,
  );
  t.same(await sut.settled(), NOTHING_HELD);
});

/** The status line that answers an OPTIONS of the trunk (RFC 3261 section 11). */
async function optionsAnswer(): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { address, port } = sut.switch.sip;
    const ours = `127.0.0.1:${socket.address().port}`;
    const lines = [
      `OPTIONS sip:ping@${address}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${ours};branch=z9hG4bK${randomUUID()};rport`,
      `From: <sip:trunk@${ours}>;tag=1`,
      `To: <sip:ping@${address}:${port}>`,
      `Call-ID: ${randomUUID()}`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ];
    socket.send(`${lines.join('\r\n')}\r\n\r\n`, port, address);
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return answer.toString('latin1').split('\r\n', 1)[0] ?? '';
  } finally {
    socket.close();
  }
}

t.test('a node that takes no calls says so to OPTIONS and on /readyz', async (t) => {
  t.equal(await optionsAnswer(), 'SIP/2.0 200 OK');
  sut.app.live.stopIntake();
  t.match(await optionsAnswer(), /^SIP\/2\.0 503 /);
  const ready = await fetch(`${url}/readyz`);
  t.equal(ready.status, 503);
  t.match(await ready.json(), { isReady: false });
});
