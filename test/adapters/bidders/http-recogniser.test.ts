// A recogniser over HTTP: what it is sent, what is read of its answer, and that nothing of it is ever a fault of the call.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { createHttpRecogniser, type RecogniserSettings } from '../../../src/adapters/bidders/http-recogniser.js';
import { createSystemClock } from '../../../src/adapters/system/system-clock.js';
import { VirtualClock } from '../../support/virtual-clock.js';

type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

let answer: Answer = (_request, _body, response) => response.end();
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, Buffer.concat(chunks), response));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
t.teardown(() => {
  server.closeAllConnections();
  server.close();
});

const AUDIO = new Uint8Array([0x52, 0x49, 0x46, 0x46, 0, 255]);

const says = (value: unknown) => {
  answer = (_request, _body, response) => response.end(JSON.stringify(value));
};

function recogniserOf(t: Test, changes: Partial<RecogniserSettings> = {}, clock = createSystemClock()) {
  const paths = { transcriptPath: 'transcript', confidencePath: 'confidence' };
  const settings = { url: `${origin}/listen`, authorization: null, timeoutMs: 2_000, ...paths, ...changes };
  const recogniser = createHttpRecogniser({ ...settings, clock, allowPrivateAddresses: ['127.0.0.0/8'] });
  t.teardown(() => recogniser.close());
  const recognise = (phrases: readonly string[] = [], signal = new AbortController().signal) =>
    recogniser.recognise({ audio: AUDIO, language: 'en-US', phrases, signal });
  return { recogniser, recognise };
}

t.test('the WAV is posted with its language, what is likely and the secret; text and certainty are read', async (t) => {
  const { recognise } = recogniserOf(t, { url: `${origin}/listen?model=phone`, authorization: 'Bearer s3cret' });
  let seen: readonly unknown[] = [];
  answer = ({ method, url, headers }, body, response) => {
    seen = [method, url, headers['content-type'], headers.authorization, headers['x-ringpost-phrases'], [...body]];
    response.end(JSON.stringify({ transcript: ' roof\u202e repair\r\n', confidence: 0.93 }));
  };
  t.same(await recognise(['roof', 'r\u00e9parer, vite', '\ud800']), {
    kind: 'heard',
    transcript: 'roof repair',
    confidence: 0.93,
  });
  const path = '/listen?model=phone&language=en-US';
  t.same(seen, ['POST', path, 'audio/wav', 'Bearer s3cret', 'roof,r%C3%A9parer%2C%20vite,%EF%BF%BD', [...AUDIO]]);
});

t.test('a language in the URL is left as it is, and paths lead into any answer', async (t) => {
  const transcriptPath = 'results.channels.0.alternatives.0.transcript|text';
  const { recognise } = recogniserOf(t, { url: `${origin}/?language=de`, transcriptPath, confidencePath: 'sure' });
  let url = '';
  answer = (request, _body, response) => {
    url = request.url ?? '';
    response.end(JSON.stringify({ results: { channels: [{ alternatives: [{ transcript: 'Dach' }] }] }, sure: 93 }));
  };
  t.same(await recognise(), { kind: 'heard', transcript: 'Dach', confidence: null }, '93 is no share of 1');
  t.equal(url, '/?language=de');
  says({ text: '', sure: 0 });
  t.same(await recognise(), { kind: 'heard', transcript: '', confidence: 0 }, 'an empty text is silence');
});

t.test('no text, no JSON, another status, a redirect, silence and a long answer are failures', async (t) => {
  const faults: readonly (readonly [Answer, RegExp])[] = [
    [(_request, _body, response) => response.end('{"words": []}'), /no text at transcript/],
    [(_request, _body, response) => response.end('{"transcript": {"a": 1}}'), /no text at transcript/],
    [(_request, _body, response) => response.end('<html>'), /no text at transcript/],
    [(_request, _body, response) => response.writeHead(503).end(), /status 503/],
    [(_request, _body, response) => response.writeHead(302, { location: `${origin}/else` }).end(), /status 302/],
    [(_request, _body, response) => response.end('x'.repeat(70_000)), /too-large/],
    [(request) => request.socket.destroy(), /connection/],
    [() => undefined, /timeout, no answer within 60 ms/],
  ];
  for (const [given, detail] of faults) {
    answer = given;
    const { recognise } = recogniserOf(t, { timeoutMs: given.length === 0 ? 60 : 2_000 });
    t.match(await recognise(), { kind: 'failed', detail });
  }
  const strict = createHttpRecogniser({
    ...{ url: `${origin}/`, authorization: null, timeoutMs: 2_000, transcriptPath: 'a', confidencePath: 'b' },
    clock: createSystemClock(),
  });
  const { signal } = new AbortController();
  t.match(await strict.recognise({ audio: AUDIO, language: 'en', phrases: [], signal }), { detail: /address-refused/ });
  await strict.close();
  t.match(await strict.recognise({ audio: AUDIO, language: 'en', phrases: [], signal }), { detail: /stopping/ });
});

t.test(
  'after three faults in a row callers are not made to wait for it, and 30 s later it is tried again',
  async (t) => {
    const clock = new VirtualClock();
    const { recogniser, recognise } = recogniserOf(t, {}, clock);
    const fails = async () => {
      answer = (_request, _body, response) => response.writeHead(500).end();
      await recognise();
    };
    await fails();
    await fails();
    const given = new AbortController();
    answer = () => given.abort();
    t.match(await recognise([], given.signal), { kind: 'failed', detail: /cancelled/ });
    t.ok(recogniser.isReady, 'a caller who presses a key counts neither way');
    await fails();
    t.notOk(recogniser.isReady);
    await clock.advance(30_000);
    t.ok(recogniser.isReady);
    await fails();
    t.notOk(recogniser.isReady, 'one more fault is enough');
    await clock.advance(30_000);
    says({ transcript: 'roof' });
    t.match(await recognise(), { kind: 'heard' });
    await fails();
    t.ok(recogniser.isReady, 'an answer has made it whole again');
    t.equal(clock.pendingTimers, 0);
  },
);
