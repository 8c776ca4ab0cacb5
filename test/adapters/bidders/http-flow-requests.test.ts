// A flow's webhook over HTTP: what it is told, what is read of its answer, and that nothing of it is ever a fault of the call.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createHttpFlowRequests } from '../../../src/adapters/bidders/http-flow-requests.js';
import { createSystemClock } from '../../../src/adapters/system/system-clock.js';
import type { RequestShape } from '../../../src/domain/bidding/bidder.js';

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

let answer: Answer = (_request, _body, response) => response.end();
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => answer(request, body, response));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const webhooks = createHttpFlowRequests({ clock: createSystemClock(), allowPrivateAddresses: ['127.0.0.0/8'] });
t.teardown(async () => {
  await webhooks.close();
  server.closeAllConnections();
  server.close();
});

const SHAPE: RequestShape = {
  ...{ method: 'POST', url: `${url}/look/{{ivr.zip}}`, headers: {}, encoding: 'json' },
  fields: { zip: '{{ivr.zip}}' },
};
const ANSWERS = { plan: 'data.plan', score: 'data.score', none: 'data.none', whole: 'data' };

function send(changes: Partial<Parameters<typeof webhooks.send>[0]> = {}) {
  const tokens = { 'ivr.zip': '90210/../x"' };
  const signal = new AbortController().signal;
  return webhooks.send({ request: SHAPE, tokens, answers: ANSWERS, timeoutMs: 2_000, signal, ...changes });
}

t.test('values go where the template says and no further; plain values of the answer are read', async (t) => {
  let seen = { path: '', body: '' };
  answer = (request, body, response) => {
    seen = { path: request.url ?? '', body };
    response.end(JSON.stringify({ data: { plan: 'gold', score: 7, extra: [1] } }));
  };
  t.same(await send(), { kind: 'answered', status: 200, values: { plan: 'gold', score: '7' } });
  t.equal(seen.path, '/look/90210%2F..%2Fx%22');
  t.same(JSON.parse(seen.body), { zip: '90210/../x"' });
});

t.test('an answer that is no JSON has no values; another status, silence and a hang-up are failures', async (t) => {
  answer = (_request, _body, response) => response.end('<html>');
  t.same(await send(), { kind: 'answered', status: 200, values: {} });
  answer = (_request, _body, response) => response.writeHead(302, { location: `${url}/other` }).end();
  t.match(await send(), { kind: 'failed', detail: 'status 302' }, 'a redirect is not followed');
  answer = () => undefined;
  t.match(await send({ timeoutMs: 50 }), { kind: 'failed', detail: /timeout/ });
  const gone = new AbortController();
  gone.abort();
  t.match(await send({ signal: gone.signal }), { kind: 'failed', detail: /cancelled/ });
});

t.test('an address inside our own networks is refused unless it is allowed', async (t) => {
  const strict = createHttpFlowRequests({ clock: createSystemClock() });
  const signal = new AbortController().signal;
  const outcome = await strict.send({ request: SHAPE, tokens: {}, answers: {}, timeoutMs: 2_000, signal });
  t.match(outcome, { kind: 'failed', detail: /address-refused|not sent|loopback|private/ });
  await strict.close();
});
