/** Bids over real HTTP on loopback: what is a bid, what is not and why, deadlines on a clock turned by hand. */
import t from 'tap';
import { bidderAt, bodyOf, httpBidder, jsonBidder, ordinary, startBidders, tcpBidder } from './stub-bidder.js';

t.test('a bidder answers with price, number and terms: the bid carries them', async (t) => {
  const seen: string[] = [];
  const url = await httpBidder(t, async (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['accept-encoding']} ${await bodyOf(request)}`);
    response.end('{"bid":"31.50","destination":"(212) 555-0188","ref":7,"seconds":90,"expires":30}');
  });
  const { bidders } = startBidders(t);
  const outcome = await bidders.ping({ bidder: bidderAt(url), ...ordinary() });
  t.match(outcome, {
    kind: 'bid',
    amountMicros: 31_500_000,
    destination: { kind: 'number', number: '+12125550188' },
    reference: '7',
    billAfterMs: 90_000,
    lifetimeMs: 30_000,
  });
  t.same(seen, ['POST /rtb identity {"caller":"+12125550123"}']);
});

t.test('answers that are no bid say why', async (t) => {
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    ['not JSON', '<html>', 'not-json'],
    ['nothing', '', 'not-json'],
    ['a bare number', '25', 'not-json'],
    ['no price', '{"destination":"+12125550188"}', 'no-price'],
    ['price null', '{"bid":null}', 'no-price'],
    ['price NaN', '{"bid":NaN}', 'not-json'],
    ['price "NaN"', '{"bid":"NaN"}', 'absurd-price'],
    ['price -1', '{"bid":-1}', 'absurd-price'],
    ['price 1e308', '{"bid":1e308}', 'absurd-price'],
    ['price 1e999', '{"bid":1e999}', 'absurd-price'],
    ['price in an object', '{"bid":{"toString":1}}', 'absurd-price'],
    ['price "0x10"', '{"bid":"0x10"}', 'absurd-price'],
    ['duplicate keys, of which the last counts', '{"bid":5,"bid":-5}', 'absurd-price'],
    ['a prototype for a price', '{"__proto__":{"bid":25}}', 'no-price'],
    ['a destination that is nothing', '{"bid":5,"destination":"call me"}', 'bad-destination'],
    ['a destination with headers', '{"bid":5,"destination":"sip:a@b.example?Route=evil"}', 'bad-destination'],
    ['a destination with a line break', '{"bid":5,"destination":"sip:a@b.example\\r\\nX: 1"}', 'bad-destination'],
    ['a list for a destination', '{"bid":5,"destination":["+12125550188"]}', 'bad-destination'],
    ['not accepted', '{"accepted":false,"bid":5,"reason":"capped\\u001b[31m"}', 'refused'],
    ['a bid that has expired', '{"bid":5,"expires":1}', 'bid'],
    ['a bid that expires at once', '{"bid":5,"expires":0}', 'late'],
    ['a bid that expired in 2001', '{"bid":5,"expires":"2001-01-01T00:00:00Z"}', 'late'],
  ];
  const { bidders } = startBidders(t);
  for (const [name, body, expected] of rows) {
    const url = await jsonBidder(t, body);
    const outcome = await bidders.ping({ bidder: bidderAt(url), ...ordinary() });
    t.equal(outcome.kind === 'bid' ? 'bid' : outcome.reason, expected, name);
    if (outcome.kind === 'no-bid')
      t.notMatch(outcome.detail, /\p{Cc}/u, `${name}: nothing in the detail moves a cursor`);
  }
});

t.test(
  'HTTP statuses: a refusal in good order, no content, a fault, and a redirect that is not followed',
  async (t) => {
    const { bidders } = startBidders(t);
    const rows: ReadonlyArray<readonly [number, string]> = [
      [404, 'refused'],
      [204, 'refused'],
      [400, 'http-status'],
      [500, 'http-status'],
      [302, 'http-status'],
    ];
    let followed = 0;
    const inside = await httpBidder(t, (_request, response) => {
      followed += 1;
      response.end('{"bid":99}');
    });
    for (const [status, expected] of rows) {
      const url = await httpBidder(t, (_request, response) => {
        response.writeHead(status, { location: inside }).end(status === 204 ? '' : '{"bid":5,"reason":"no buyer"}');
      });
      const outcome = await bidders.ping({ bidder: bidderAt(url), ...ordinary() });
      t.match(outcome, { kind: 'no-bid', reason: expected }, String(status));
      if (status === 404) t.match(outcome, { detail: 'no buyer' });
    }
    t.equal(followed, 0);
  },
);

t.test(
  'a slow bidder is given up exactly at its deadline, wherever it hangs, and its late answer is dropped',
  async (t) => {
    const hangs: Record<string, (socket: import('node:net').Socket) => void> = {
      'before any byte': () => undefined,
      'after the headers': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
      'one byte at a time': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{'),
    };
    for (const [name, talk] of Object.entries(hangs)) {
      const { bidders, clock } = startBidders(t);
      let arrived: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const url = await tcpBidder(t, (socket) => {
        talk(socket);
        arrived();
      });
      let settled = false;
      const ping = bidders.ping({ bidder: bidderAt(url), ...ordinary() }).finally(() => {
        settled = true;
      });
      await asked;
      await clock.advance(1999);
      t.notOk(settled, `${name}: still waiting 1 ms before the deadline`);
      await clock.advance(1);
      t.match(await ping, { kind: 'no-bid', reason: 'timeout', latencyMs: 2000 }, name);
      t.equal(clock.pendingTimers, 0, `${name}: no timer left`);
    }
  },
);

t.test('a connection that is reset or closed is no bid', async (t) => {
  const { bidders } = startBidders(t);
  const resetting = await tcpBidder(t, (socket) => socket.resetAndDestroy());
  t.match(await bidders.ping({ bidder: bidderAt(resetting), ...ordinary() }), { kind: 'no-bid', reason: 'connection' });
  const cutting = await tcpBidder(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"bid"'));
  t.match(await bidders.ping({ bidder: bidderAt(cutting), ...ordinary() }), { kind: 'no-bid', reason: 'connection' });
  const garbling = await tcpBidder(t, (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n'));
  t.match(await bidders.ping({ bidder: bidderAt(garbling), ...ordinary() }), { kind: 'no-bid', reason: 'connection' });
});

t.test('a ping whose kept connection was cut is asked once more; a post never is', async (t) => {
  let requests = 0;
  const url = await tcpBidder(t, (socket) => {
    requests += 1;
    socket.destroy();
  });
  const { bidders } = startBidders(t);
  const once = bidderAt(url);
  t.match(await bidders.ping({ bidder: once, ...ordinary() }), { reason: 'connection' });
  t.equal(requests, 2);
  const { ping, pingResponse } = once.dialect;
  const winner = { ...once, dialect: { ping, pingResponse, post: ping, postResponse: pingResponse } };
  t.match(await bidders.post({ bidder: winner, ...ordinary() }), { kind: 'not-accepted', reason: 'connection' });
  t.equal(requests, 3);
});

t.test('the auction closes: the ping is cancelled at once and is held against nobody', async (t) => {
  const { bidders, clock } = startBidders(t, { circuitFaults: 1 });
  let arrived: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const url = await tcpBidder(t, () => arrived());
  const bidder = bidderAt(url);
  const call = new AbortController();
  const ping = bidders.ping({ bidder, ...ordinary(), signal: call.signal });
  await asked;
  call.abort();
  t.match(await ping, { kind: 'no-bid', reason: 'cancelled' });
  t.match(await bidders.ping({ bidder, ...ordinary(), signal: call.signal }), { reason: 'cancelled' });
  t.equal(clock.pendingTimers, 0);
});

t.test('a post brings the destination; a refused post says so', async (t) => {
  const accepting = bidderAt(await jsonBidder(t, '{"destination":"sip:42@buyer.example:5070","bid":28}'));
  const refusing = bidderAt(await jsonBidder(t, '{"accepted":false,"reason":"sold"}'));
  const { bidders } = startBidders(t);
  const asPost = ({ dialect: { ping, pingResponse }, ...rest }: typeof accepting): typeof accepting => ({
    ...rest,
    dialect: { ping, pingResponse, post: ping, postResponse: pingResponse },
  });
  t.match(await bidders.post({ bidder: asPost(accepting), ...ordinary() }), {
    kind: 'accepted',
    destination: { kind: 'sip', uri: 'sip:42@buyer.example:5070' },
    amountMicros: 28_000_000,
  });
  const refused = await bidders.post({ bidder: asPost(refusing), ...ordinary() });
  t.match(refused, { kind: 'not-accepted', reason: 'refused', detail: 'sold' });
  t.match(await bidders.post({ bidder: accepting, ...ordinary() }), { kind: 'not-accepted', reason: 'connection' });
});

t.test('a hundred bidders are pinged at once over one origin, and each gets its own answer', async (t) => {
  const url = await httpBidder(t, async (request, response) => {
    const { caller } = JSON.parse(await bodyOf(request)) as { caller: string };
    response.end(JSON.stringify({ bid: Number(caller) }));
  });
  const { bidders } = startBidders(t);
  const { signal } = new AbortController();
  const bidder = bidderAt(url);
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_unused, place) =>
      bidders.ping({ bidder, tokens: { caller_number: String(place) }, timeoutMs: 2000, signal }),
    ),
  );
  t.same(
    outcomes.map((outcome) => (outcome.kind === 'bid' ? outcome.amountMicros : outcome.reason)),
    Array.from({ length: 100 }, (_unused, place) => place * 1_000_000),
  );
});

t.test('after close nobody is asked any more', async (t) => {
  const url = await jsonBidder(t, '{"bid":5}');
  const { bidders } = startBidders(t);
  t.match(await bidders.ping({ bidder: bidderAt(url), ...ordinary() }), { kind: 'bid' });
  await bidders.close();
  t.match(await bidders.ping({ bidder: bidderAt(url), ...ordinary() }), { kind: 'no-bid', reason: 'connection' });
});
