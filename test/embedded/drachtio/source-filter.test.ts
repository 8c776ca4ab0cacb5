// Whose requests are answered: everybody's until a list is given, then those of the list, and the next list replaces it.
import t from 'tap';
import { SourceFilter } from '../../../src/embedded/drachtio/source-filter.js';

const from = (address: string) =>
  ({ transport: 'udp', address, port: 5060, localAddress: '127.0.0.1', localPort: 5060 }) as const;

t.test('a list lets its networks in and nobody else, IPv4 and IPv6', async (t) => {
  const filter = new SourceFilter();
  t.ok(filter.accepts(from('198.51.100.7')), 'everybody before there is a list');
  filter.trust(['192.0.2.0/24', '203.0.113.9', '2001:db8::/32']);
  for (const address of ['192.0.2.200', '203.0.113.9', '2001:db8::1']) t.ok(filter.accepts(from(address)), address);
  for (const address of ['192.0.3.1', '203.0.113.8', '2001:db9::1']) t.notOk(filter.accepts(from(address)), address);
  filter.trust([]);
  t.notOk(filter.accepts(from('192.0.2.200')), 'an empty list lets in nobody');
  filter.trust(null);
  t.ok(filter.accepts(from('198.51.100.7')));
});

t.test('a list with a fault in it changes nothing', async (t) => {
  const filter = new SourceFilter();
  filter.trust(['192.0.2.0/24']);
  for (const wrong of ['192.0.2.0/33', 'sip.example', ''])
    t.throws(() => filter.trust(['203.0.113.0/24', wrong]), RangeError);
  t.same([filter.accepts(from('192.0.2.1')), filter.accepts(from('203.0.113.1'))], [true, false]);
});
