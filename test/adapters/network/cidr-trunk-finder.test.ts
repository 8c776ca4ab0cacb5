// Trunks by source address: carriers send no digest, so this is the only gate of a call.
import t from 'tap';
import { createCidrTrunkFinder } from '../../../src/adapters/network/cidr-trunk-finder.js';
import { indexConfiguration } from '../../../src/domain/campaigns/configuration.js';
import type { Trunk } from '../../../src/domain/trunks/trunk.js';
import { composeTrunk } from '../../../src/domain/trunks/trunk-profile.js';

const trunk = (id: string, sourceCidrs: readonly string[], isActive = true): Trunk =>
  composeTrunk({ id, isActive, sourceCidrs });

const configuration = indexConfiguration(1, {
  trunks: [
    trunk('carrier', ['192.0.2.0/24', '2001:db8::/32', 'not a network']),
    trunk('customer', ['192.0.2.8/32']),
    trunk('paused', ['203.0.113.0/24'], false),
  ],
  dids: [],
  sources: [],
  campaigns: [],
  buyers: [],
  targets: [],
  bidders: [],
  prompts: [],
  plans: [],
  flows: [],
  calendars: [],
  agents: [],
});

const expectations: readonly [string, string | null][] = [
  ['192.0.2.1', 'carrier'],
  ['192.0.2.8', 'customer'],
  ['::ffff:192.0.2.1', 'carrier'],
  ['2001:db8::7', 'carrier'],
  ['203.0.113.4', null],
  ['198.51.100.1', null],
  ['', null],
  ['192.0.2', null],
  ['sip.example', null],
];
for (const [address, expected] of expectations) {
  t.test(`${JSON.stringify(address)} belongs to ${expected ?? 'nobody'}`, async (t) => {
    t.equal(createCidrTrunkFinder().find(configuration, address)?.id ?? null, expected);
  });
}
