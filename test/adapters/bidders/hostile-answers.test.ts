/** Bidders who attack: bodies without end, bombs, TLS that is none, names that lead inside (DNS rebinding included). */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { createAddressGuard } from '../../../src/adapters/bidders/address-guard.js';
import { bidderAt, httpBidder, jsonBidder, ordinary, startBidders } from './stub-bidder.js';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.js';

t.test('a body of 10 MB ends at 64 kB, whether it states its length or not', async (t) => {
  const { bidders } = startBidders(t);
  const sent = { bytes: 0 };
  const body = Buffer.alloc(10_000_000, 0x20);
  for (const stated of [true, false]) {
    const url = await httpBidder(t, (_request, response) => {
      if (stated) response.setHeader('content-length', body.length);
      response.on('close', () => {
        sent.bytes = response.socket?.bytesWritten ?? 0;
      });
      response.write(body);
    });
    t.match(await bidders.ping({ bidder: bidderAt(url), ...ordinary() }), { kind: 'no-bid', reason: 'too-large' });
  }
});

t.test('a compressed answer is refused by its header, so that no bomb is ever opened', async (t) => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
  const url = await httpBidder(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb);
  });
  const { bidders } = startBidders(t);
  const outcome = await bidders.ping({ bidder: bidderAt(url), ...ordinary() });
  t.match(outcome, { kind: 'no-bid', reason: 'not-json', detail: /compressed/ });
});

t.test('deeply nested JSON within the limit neither crashes nor is a bid', async (t) => {
  const url = await jsonBidder(t, `${'['.repeat(30_000)}${']'.repeat(30_000)}`);
  const { bidders } = startBidders(t);
  t.match(await bidders.ping({ bidder: bidderAt(url), ...ordinary() }), {
    kind: 'no-bid',
    reason: /no-price|not-json/,
  });
});

t.test(
  'TLS: plain HTTP behind https, and a certificate that nobody trusts, are no bid; a trusted one is',
  async (t) => {
    const { bidders } = startBidders(t);
    const plain = await jsonBidder(t, '{"bid":5}');
    const wrong = bidderAt(plain.replace('http:', 'https:'));
    t.match(await bidders.ping({ bidder: wrong, ...ordinary() }), { kind: 'no-bid', reason: 'connection' });

    const server = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (_request, response) =>
      response.end('{"bid":5}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const url = `https://bidder.test:${(server.address() as AddressInfo).port}/rtb`;
    const resolve = async (): Promise<readonly string[]> => ['127.0.0.1'];
    const distrusting = startBidders(t, { resolve }).bidders;
    t.match(await distrusting.ping({ bidder: bidderAt(url), ...ordinary() }), { kind: 'no-bid', reason: 'connection' });
    const trusting = startBidders(t, { resolve, trustedCertificates: [TEST_CERTIFICATE] }).bidders;
    t.match(await trusting.ping({ bidder: bidderAt(url), ...ordinary() }), { kind: 'bid', amountMicros: 5_000_000 });
  },
);

t.test('an address inside is refused, as a literal in every spelling', async (t) => {
  const { bidders } = startBidders(t, { allowPrivateAddresses: [] });
  const hosts = [
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '10.0.0.1',
    '0.0.0.0',
  ];
  for (const host of hosts) {
    const outcome = await bidders.ping({ bidder: bidderAt(`http://${host}:9/`), ...ordinary() });
    t.match(outcome, { kind: 'no-bid', reason: 'address-refused' }, host);
  }
});

t.test('the guard lets public addresses and the operator-allowed networks pass, and nothing else', async (t) => {
  const guard = createAddressGuard(['10.20.0.0/16', 'fd00:1::/32']);
  const allowed = ['8.8.8.8', '2606:4700::1111', '10.20.3.4', '::ffff:10.20.3.4', 'fd00:1::5', 'bids.example.com'];
  const refused = [
    ...['127.0.0.1', '10.21.0.1', '192.168.1.1', '172.16.0.1', '100.64.0.1', '169.254.169.254', '224.0.0.1', '0.0.0.0'],
    ...[
      '255.255.255.255',
      '198.18.0.1',
      '240.0.0.1',
      '::',
      '::1',
      'fe80::1',
      'fc00::1',
      'ff02::1',
      '::ffff:192.168.1.1',
    ],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '::127.0.0.1', '2001:db8::1', 'fd00:ec2::254'],
  ];
  for (const address of allowed) t.equal(guard.refusalOfLiteral(address), null, address);
  for (const address of refused) t.type(guard.refusalOfLiteral(address), 'string', address);
});

t.test('a name that leads inside is refused, also when only one of its addresses does', async (t) => {
  for (const addresses of [['192.168.1.1'], ['8.8.8.8', '::ffff:127.0.0.1'], []]) {
    const { bidders } = startBidders(t, { allowPrivateAddresses: [], resolve: async () => addresses });
    const outcome = await bidders.ping({ bidder: bidderAt('http://bids.test/'), ...ordinary() });
    t.match(outcome, { kind: 'no-bid', reason: 'address-refused' }, addresses.join(' '));
  }
});

t.test('a name that changes between check and use is resolved once a connection, and checked each time', async (t) => {
  let asked = 0;
  const url = await jsonBidder(t, '{"bid":5}');
  const answers = ['127.0.0.1', '127.1.1.1'];
  const resolve = async (): Promise<readonly string[]> => [answers[asked++] ?? '10.0.0.1'];
  const { bidders } = startBidders(t, { allowPrivateAddresses: ['127.0.0.1/32'], resolve });
  const bidder = bidderAt(url.replace('127.0.0.1', 'bids.test'));
  t.match(await bidders.ping({ bidder, ...ordinary() }), { kind: 'bid' });
  t.equal(asked, 1, 'the connection goes to the address that was checked; nobody asks again');
  const other = bidderAt(bidder.dialect.ping.url.replace('bids.test', 'bids2.test'));
  t.match(await bidders.ping({ bidder: other, ...ordinary() }), { kind: 'no-bid', reason: 'address-refused' });
});

t.test('a name that does not resolve is no bid', async (t) => {
  const resolve = (): Promise<never> => Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }));
  const { bidders } = startBidders(t, { resolve });
  const outcome = await bidders.ping({ bidder: bidderAt('http://bids.test/'), ...ordinary() });
  t.match(outcome, { kind: 'no-bid', reason: 'connection', detail: /ENOTFOUND/ });
});
