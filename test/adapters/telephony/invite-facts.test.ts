// What is read of an INVITE before anybody judges it.
import type { SrfRequest } from 'drachtio-srf';
import t from 'tap';
import { readInviteFacts } from '../../../src/adapters/telephony/sip/invite-facts.js';

function inviteWith(headers: Readonly<Record<string, string>>): SrfRequest {
  const all: Readonly<Record<string, string>> = {
    'call-id': 'call-1@carrier',
    from: '<sip:+13105550123@carrier.example>;tag=1',
    contact: '<sip:carrier@192.0.2.1>',
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
  const request = { get: (name: string) => all[name.toLowerCase()], uri: 'sip:+12025550100@us', body: '' };
  return { ...request, source_address: '192.0.2.1', source_port: 5060, protocol: 'udp' } as unknown as SrfRequest;
}

t.test('the headers in which carriers say how a caller is attested are read, cut to a length, and no other is', (t) => {
  const facts = readInviteFacts(
    inviteWith({ 'X-Plivo-Stir-Verification': 'Not Verified', 'X-Twilio-VerStat': 'x'.repeat(500), 'X-Other': 'A' }),
  );
  t.same(facts?.attestations, { 'X-Plivo-Stir-Verification': 'Not Verified', 'X-Twilio-VerStat': 'x'.repeat(64) });
  t.equal(facts?.verstat, null);
  t.same(readInviteFacts(inviteWith({}))?.attestations, {});
  t.end();
});
