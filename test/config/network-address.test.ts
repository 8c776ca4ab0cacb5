/** Which of a server's addresses is written into SIP headers, and which one a program beside it talks to. */
import t from 'tap';
import { ownAddress } from '../../src/adapters/telephony/drachtio/own-address.js';
import { innermostAddress, parseHostAndPort } from '../../src/config/network-address.js';

/** As drachtio 0.9.10 lists itself with the contact sip:*, and with two contacts of which one has an external address. */
const EVERYWHERE =
  'tcp/[::1]:5060,udp/[::1]:5060,tcp/127.0.0.1:5060,udp/127.0.0.1:5060,tcp/[fd00::2]:5060,udp/[fd00::2]:5060,udp/10.0.0.2:5060';
const BEHIND_NAT = 'tcp/127.0.0.1:5060,udp/127.0.0.1:5060,tcp/203.0.113.7:5060,udp/203.0.113.7:5060';

t.test(
  'carriers see the public address of drachtio, else a private one, and loopback only where there is no other',
  async (t) => {
    t.equal(ownAddress(BEHIND_NAT), '203.0.113.7:5060');
    t.equal(ownAddress(EVERYWHERE), '10.0.0.2:5060', 'IPv4 before IPv6 of the same reach');
    t.equal(ownAddress(`${EVERYWHERE},udp/[2001:db8::5]:5060`), '10.0.0.2:5060');
    t.equal(ownAddress('tcp/[::1]:5060,udp/127.0.0.1:5060'), '127.0.0.1:5060');
    t.equal(ownAddress('udp/[::1]:5060'), '[::1]:5060');
    for (const nothing of [undefined, '', 'nonsense', 'udp/', 'udp/host']) t.equal(ownAddress(nothing), null);
  },
);

t.test('a program beside drachtio reaches it on IPv4 loopback, where it listens there', async (t) => {
  const innermost = (hostports: string): string | null =>
    innermostAddress(hostports.split(',').flatMap((text) => parseHostAndPort(text.replace(/^[a-z]+\//, '')) ?? []))
      ?.host ?? null;
  t.equal(innermost(EVERYWHERE), '127.0.0.1');
  t.equal(innermost(BEHIND_NAT), '127.0.0.1');
  t.equal(innermost('udp/[::1]:5060,udp/10.0.0.2:5060'), '::1');
  t.equal(innermost('udp/203.0.113.7:5060,udp/[2001:4860::5]:5060'), '203.0.113.7');
  t.equal(innermost(''), null);
});
