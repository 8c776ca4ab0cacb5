/**
 * Bidders that lie, stall, flood and redirect, all asked for one call. Each is no bid with its reason in the trace, and the honest one that
 * offers less gets the call: when all have answered, or, where some never do, at the deadline.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { AttackSystem } from './attack-system.js';
import { HostileBuyer } from './hostile-buyer.js';

/** That of the auction whose bidders all answer: it is over long before. */
const FAR_DEADLINE_MS = 30_000;
/** That of the auction some of whose bidders never answer: it is what ends it. The honest one has all this time for one exchange. */
const DEADLINE_MS = 3_000;
const MEGABYTES = Number(process.env.ATTACK_BID_MEGABYTES ?? 10);

const system = await AttackSystem.start();
t.teardown(() => system.close());

const json = (response: ServerResponse, body: string): void => {
  response.setHeader('content-type', 'application/json');
  response.end(body);
};

/** Written piece by piece for as long as anybody reads. */
function flood(response: ServerResponse): void {
  const piece = Buffer.alloc(65_536, ' ');
  let left = MEGABYTES * 16;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(piece)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '60' });
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(timer));
}

interface Villain {
  readonly behave: (response: ServerResponse, self: string) => void;
  /** What the trace has to say. */
  readonly reason: RegExp;
}

const bid = (amount: unknown, more = ''): string => `{"accepted":true,"bid":${JSON.stringify(amount)}${more}}`;

const STALLERS: Readonly<Record<string, Villain>> = {
  silent: { behave: () => undefined, reason: /timeout|no answer/ },
  'one-byte-at-a-time': { behave: trickle, reason: /timeout|no answer/ },
  'hangs-after-headers': {
    behave: (r) => void r.writeHead(200, { 'content-length': '40' }).flushHeaders(),
    reason: /timeout|no answer/,
  },
};

const LIARS: Readonly<Record<string, Villain>> = {
  closes: { behave: (r) => r.destroy(), reason: /connection/ },
  'closes-amid': {
    behave: (r) => r.writeHead(200, { 'content-length': '400' }).write('{"acc', () => r.destroy()),
    reason: /connection/,
  },
  floods: { behave: flood, reason: /too-large/ },
  'says-10-mb': {
    behave: (r) => void r.writeHead(200, { 'content-length': '10485760' }).write('{'),
    reason: /too-large/,
  },
  'gzip-bomb': {
    behave: (r) => void r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))),
    reason: /compressed/,
  },
  'no-json': { behave: (r) => json(r, '<html>bid 99</html>'), reason: /not-json/ },
  'half-json': { behave: (r) => json(r, '{"accepted":true,"bid":9'), reason: /not-json/ },
  nothing: { behave: (r) => json(r, ''), reason: /not-json/ },
  negative: { behave: (r) => json(r, bid(-40)), reason: /price/ },
  absurd: { behave: (r) => json(r, '{"accepted":true,"bid":1e308}'), reason: /price/ },
  infinite: { behave: (r) => json(r, '{"accepted":true,"bid":1e999}'), reason: /price/ },
  nan: { behave: (r) => json(r, '{"accepted":true,"bid":NaN}'), reason: /not-json/ },
  'text-price': { behave: (r) => json(r, bid('a lot')), reason: /price/ },
  'object-price': { behave: (r) => json(r, bid({ toString: 40 })), reason: /price/ },
  polluter: { behave: (r) => json(r, '{"__proto__":{"accepted":true,"bid":90}}'), reason: /./ },
  'deep-json': { behave: (r) => json(r, `${'['.repeat(30_000)}${']'.repeat(30_000)}`), reason: /./ },
  error: { behave: (r) => void r.writeHead(500).end('{"accepted":true,"bid":90}'), reason: /http-status|500/ },
  redirect: {
    behave: (r, self) => void r.writeHead(302, { location: `${self}/honest` }).end(),
    reason: /http-status|302/,
  },
};

const server = createServer((request, response) => {
  const name = (request.url ?? '/').slice(1);
  request.resume();
  const self = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (name === 'honest') json(response, bid(20));
  else (STALLERS[name] ?? LIARS[name])?.behave(response, self);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
system.defer(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** A call for which these and an honest bidder are asked; answers how its auction was closed. */
async function assertHonestWins(
  t: Test,
  villains: Readonly<Record<string, Villain>>,
  auctionDeadlineMs: number,
): Promise<string> {
  const buyer = new HostileBuyer(await system.peer());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const names = [...Object.keys(villains), 'honest'];
  const did = await system.addCampaign({
    targets: names.map((id) => ({ id, uri: buyer.uri, bidderUrl: `${base}/${id}` })),
    changes: { greetingPromptId: null, recording: 'off', auctionDeadlineMs },
  });
  const caller = await system.caller(did);
  const bridged = system.reached('bridged');
  await caller.call();
  const invite = await buyer.invite();
  await buyer.answer(invite, '200 OK');
  await bridged;
  const byed = buyer.byes();
  t.equal((await caller.hangup()).status, 200);
  await byed;
  const { call, trace, bids, timeline } = await system.record(caller.callId);
  t.match(call.targetId, /honest$/);
  t.equal(call.priceMicros, 20_000_000 * (call.outcome === 'sold' ? 1 : 0));
  t.equal(bids.length, names.length, 'each ping is in the log');
  for (const [name, { reason }] of Object.entries(villains)) {
    const candidate = trace?.candidates.find(({ targetId }) => targetId.endsWith(`-${name}`));
    const failed = candidate?.checks.find(({ check, passed }) => check === 'ping' && !passed);
    t.match(failed?.values, reason, `${name}: ${failed?.values?.slice(0, 90)}`);
    t.ok((failed?.values.length ?? 0) < 400, 'and in few words');
  }
  await system.assertNothingHeld(t);
  return timeline.find(({ step }) => step === 'auction-closed')?.text ?? '';
}

t.test(
  'eighteen bidders that lie and an honest one: the honest one gets the call when all have answered',
  async (t) => {
    const rssBefore = process.memoryUsage().rss;
    t.match(await assertHonestWins(t, LIARS, FAR_DEADLINE_MS), /\(decided after \d+ ms\)$/);
    const grownMb = (process.memoryUsage().rss - rssBefore) / 1_000_000;
    t.ok(grownMb < 60, `the process has grown by ${grownMb.toFixed(0)} MB`);
  },
);

t.test('three bidders that stall and an honest one: the honest one gets the call at the deadline', async (t) => {
  t.match(await assertHonestWins(t, STALLERS, DEADLINE_MS), /\(deadline after \d+ ms\)$/);
});
