/** `[number]` in a target's own SIP URI: what may be saved, and what is dialled, whatever the caller has dialled. */
import fc from 'fast-check';
import t from 'tap';
import {
  type Destination,
  dialledDestination,
  parseDestination,
  parseTargetDestination,
} from '../../src/domain/trunks/destination.js';
import type { E164 } from '../../src/domain/trunks/phone-number.js';
import { parseSipUri } from '../../src/domain/trunks/sip-uri.js';

const sip = (uri: string): Destination => ({ kind: 'sip', uri });
const OWN = sip('sip:[number]@pbx.example:5070;transport=tcp');
const CALLED = '+18005550100';

t.test('a target may have the number in the user of its SIP URI, once, and nowhere else', async (t) => {
  for (const text of ['sip:[number]@pbx.example', 'sips:9[number]@pbx.example:5061', 'sip:a@b.example', '+12125550100'])
    t.not(parseTargetDestination(text), null, text);
  const wrong = ['sip:[number]', 'sip:a@[number]', 'sip:a@b.example;x=[number]', '[number]', '[number]@pbx.example'];
  for (const text of [...wrong, 'sip:[number][number]@b.example', 'sip:[tag]@b.example', 'tel:[number]'])
    t.equal(parseTargetDestination(text), null, text);
  t.equal(parseDestination('sip:[number]@pbx.example'), null, 'nobody else may write it, a bidder least of all');
});

t.test(
  'the number of the bidder is dialled at the target, else the one that was called; a URI of his own goes before',
  async (t) => {
    const offered: Destination = { kind: 'number', number: '+13035550199' as E164 };
    t.same(dialledDestination(OWN, offered, CALLED), sip('sip:+13035550199@pbx.example:5070;transport=tcp'));
    t.same(dialledDestination(OWN, OWN, CALLED), sip('sip:+18005550100@pbx.example:5070;transport=tcp'));
    t.same(dialledDestination(OWN, sip('sip:a@b.example'), CALLED), sip('sip:a@b.example'));
    t.same(dialledDestination(null, offered, CALLED), offered);
    t.same(dialledDestination(sip('sip:a@b.example'), offered, CALLED), offered);
  },
);

t.test('whatever was dialled stays in the user part, or nobody is rung', (t) => {
  const hostile = fc.constantFrom(
    '+1@evil.example',
    '1;x=y@evil',
    '$&',
    '%40evil.example',
    'a\r\nRoute: b',
    '[number]',
  );
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ maxLength: 40 })), (called) => {
      const dialled = dialledDestination(OWN, OWN, called);
      const parsed = dialled?.kind === 'sip' ? parseSipUri(dialled.uri) : null;
      if (dialled === null) return;
      t.same(parsed, { scheme: 'sip', user: called, host: 'pbx.example', port: 5070, transport: 'tcp' });
    }),
    { numRuns: 500 },
  );
  t.end();
});
