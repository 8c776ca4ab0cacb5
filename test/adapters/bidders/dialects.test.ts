/** The dialects that come with the system; those of networks are held to their documentation by network-dialects.test.ts. */
import t from 'tap';
import { BUILT_IN_DIALECTS } from '../../../src/adapters/bidders/built-in-dialects.js';
import { dialectFaults } from '../../../src/adapters/bidders/compiled-dialect.js';
import { type DialectFilling, fillDialect } from '../../../src/adapters/bidders/fill-dialect.js';
import type { Dialect } from '../../../src/domain/bidding/bidder.js';
import { DIALECT_EXAMPLES } from './dialect-examples.js';
import { bidderAt, bodyOf, httpBidder, startBidders } from './stub-bidder.js';

function filled(name: string, filling: DialectFilling): Dialect {
  const dialect = BUILT_IN_DIALECTS.get(name);
  if (dialect === undefined) throw new Error(`no dialect ${name}`);
  return fillDialect(dialect, filling);
}

const SETTINGS = {
  provider_key: 'key-1',
  provider_secret: 'secret-1',
  service_category: 2,
  key: 'key-2',
  publisher_id: 'pub-3',
  traffic_source_id: 'source-4',
};

t.test('every built-in dialect can be spoken once its URL and settings are filled in', async (t) => {
  for (const [name, dialect] of BUILT_IN_DIALECTS) {
    const complete = filled(name, { url: 'https://bids.example.com/rtb', settings: SETTINGS });
    t.same(dialectFaults(complete), [], name);
    t.not(dialectFaults(dialect).length, 0, `${name} as it comes has no URL, and says so`);
  }
});

for (const example of DIALECT_EXAMPLES) {
  t.test(`${example.dialect}: ${example.title}`, async (t) => {
    const seen: string[] = [];
    const url = await httpBidder(t, async (request, response) => {
      const body = await bodyOf(request);
      seen.push(`${request.method} ${request.url} ${body}`.trim());
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(example.answer));
    });
    const { bidders } = startBidders(t);
    const bidder = bidderAt(url, { dialect: filled(example.dialect, { url, settings: SETTINGS }) });
    const request = { bidder, tokens: example.tokens, timeoutMs: 2000, signal: new AbortController().signal };
    const outcome = example.step === 'ping' ? await bidders.ping(request) : await bidders.post(request);
    t.same(seen, [example.request]);
    t.match(outcome, example.outcome);
  });
}

t.test('filling: a missing setting, and a setting that holds a token, are refused with a sentence', async (t) => {
  const url = 'https://bids.example.com/rtb';
  t.throws(() => filled('service-direct', { url }), /needs the setting "provider_key"/);
  const settings = { ...SETTINGS, provider_key: '{{caller_number}}' };
  t.throws(() => filled('service-direct', { url, settings }), /may hold no token/);
  const dialect = filled('service-direct', { url: 'https://b.example/request/?v=2', settings: SETTINGS });
  t.equal(dialect.post?.url, 'https://b.example/request/{{bid_ref}}/accept?v=2');
});
