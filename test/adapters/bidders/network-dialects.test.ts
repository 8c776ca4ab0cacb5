/** The dialects of networks, spoken with bidders that answer as `test/fixtures/bidders` has it from the networks' own pages. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import t, { type Test } from 'tap';
import { BUILT_IN_DIALECTS } from '../../../src/adapters/bidders/built-in-dialects.js';
import { SERVICE_DIRECT } from '../../../src/adapters/bidders/dialects/service-direct.js';
import { fillDialect } from '../../../src/adapters/bidders/fill-dialect.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { bidderAt, bodyOf, httpBidder, startBidders } from './stub-bidder.js';

interface Example {
  readonly source: string;
  readonly title: string;
  /** The file's name when absent. */
  readonly dialect?: string;
  readonly step: 'ping' | 'post';
  readonly tokens: Readonly<Record<string, string>>;
  readonly request: {
    readonly method: string;
    readonly path: string;
    /** The JSON body; null for none. */
    readonly body: object | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signed?: boolean;
  };
  readonly status?: number;
  readonly answer: object;
  /** When the answer comes, for those that name an instant. */
  readonly answeredAt?: string;
  readonly means: object;
}

interface Documented {
  readonly settings: Readonly<Record<string, string | number>>;
  readonly examples: readonly Example[];
}

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

function assertSigned(t: Test, { headers, body }: Seen, settings: Documented['settings']): void {
  const nonce = String(headers['sd-api-nonce']);
  t.match(nonce, /^[0-9a-f]{32}$/);
  const wanted = createHmac('sha256', String(settings.provider_secret))
    .update(`${settings.provider_key}${body}${nonce}`)
    .digest('hex');
  t.equal(headers['sd-api-signature'], wanted, 'HMAC-SHA256 of key, payload and nonce');
}

async function speak(t: Test, name: string, settings: Documented['settings'], example: Example): Promise<void> {
  const seen: Seen[] = [];
  const url = await httpBidder(t, async (request, response) => {
    const { method, url: path, headers } = request;
    seen.push({ method, path, headers, body: await bodyOf(request) });
    response
      .writeHead(example.status ?? 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(example.answer));
  });
  const at = example.answeredAt === undefined ? undefined : Date.parse(example.answeredAt);
  const { bidders } = startBidders(t, { clock: new VirtualClock(at) });
  const open = BUILT_IN_DIALECTS.get(example.dialect ?? name);
  if (open === undefined) throw new Error(`no dialect ${name}`);
  const bidder = bidderAt(url, { dialect: fillDialect(open, { url, settings }) });
  const asked = { bidder, tokens: example.tokens, timeoutMs: 2000, signal: new AbortController().signal };
  const outcome = example.step === 'ping' ? await bidders.ping(asked) : await bidders.post(asked);
  const { method, path, body, headers = {}, signed = false } = example.request;
  t.equal(seen.length, 1, 'one request');
  for (const request of seen) {
    t.match(request, { method, path });
    t.same(request.body === '' ? null : JSON.parse(request.body), body);
    if (body !== null) t.equal(request.headers['content-type'], 'application/json');
    t.match(request.headers, { accept: 'application/json', ...headers });
    if (signed) assertSigned(t, request, settings);
    else t.notOk(Object.keys(request.headers).some((header) => header.endsWith('-signature')));
  }
  t.match(outcome, example.means);
}

for (const name of ['ringba', 'retreaver', 'trackdrive', 'callgrid', 'service-direct']) {
  const { settings, examples } = JSON.parse(readFileSync(`test/fixtures/bidders/${name}.json`, 'utf8')) as Documented;
  for (const example of examples) {
    t.test(`${name}: ${example.title}`, async (t) => {
      t.match(example.source, /^(https:\/\/|ours|answer of )/, 'the example says where it is from');
      await speak(t, name, settings, example);
    });
  }
}

t.test(
  'callers with unknown ZIP codes, and no buyers for hours, do not open the circuit of Service Direct',
  async (t) => {
    let asked = 0;
    const url = await httpBidder(t, (_request, response) => {
      asked += 1;
      response.writeHead(asked % 2 === 0 ? 404 : 400).end('{"message":"no such zip code","error_code":1003}');
    });
    const { bidders } = startBidders(t, { circuitFaults: 2 });
    const dialect = fillDialect(SERVICE_DIRECT, { url, settings: { provider_key: 'key-1', service_category: 2 } });
    const bidder = bidderAt(url, { dialect });
    const { signal } = new AbortController();
    for (let ping = 0; ping < 6; ping += 1)
      t.match(await bidders.ping({ bidder, tokens: {}, timeoutMs: 2000, signal }), { reason: 'refused' });
    t.equal(asked, 6);
  },
);
