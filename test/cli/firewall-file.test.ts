/** The firewall that `ringpost firewall` prints: the networks of the trunks, and the form of the example in docs/examples. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type FirewallFacts, firewallFile } from '../../src/cli/firewall-file.js';
import { packageRoot } from '../../src/config/package-root.js';

const FACTS: FirewallFacts = {
  networks: [
    '54.172.60.0/30',
    '127.0.0.0/8',
    '192.76.120.10/32',
    '54.172.60.0/30',
    '2001:db8:5::/48',
    '::1/128',
    'nonsense',
  ],
  sipPorts: [5_060, 5_061],
  controlPorts: [9_022, 8_080, 8_021, 5_080],
  rtpPortMin: 16_384,
  rtpPortMax: 32_767,
};

/** Without comments and blanks. */
const rulesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

const setOf = (text: string, name: string): string =>
  new RegExp(`set ${name} \\{([^}]*\\}?[^}]*)\\}`).exec(text)?.[1] ?? '';

t.test(
  'networks stand once each in the set of their family; this machine and what is no network are left out',
  async (t) => {
    const text = firewallFile(FACTS);
    t.match(setOf(text, 'trunks4').replaceAll(/\s+/g, ' '), 'elements = { 192.76.120.10/32, 54.172.60.0/30 }');
    t.match(setOf(text, 'trunks6').replaceAll(/\s+/g, ' '), 'elements = { 2001:db8:5::/48 }');
    t.notMatch(text, /127\.0\.0|nonsense|::1\/128/);
  },
);

t.test('without trunks nobody is let in, and no list is empty, which nft would refuse', async (t) => {
  const text = firewallFile({ ...FACTS, networks: [] });
  t.notMatch(text, /elements/);
  t.ok(rulesOf(text).includes('meta l4proto { tcp, udp } th dport { 5060, 5061 } drop'));
});

t.test('beside its sets it says what the example in docs says', async (t) => {
  const example = rulesOf(readFileSync(join(packageRoot(), 'docs/examples/ringpost.nft'), 'utf8'));
  const written = rulesOf(firewallFile(FACTS));
  for (const rule of written.slice(written.indexOf('chain input {'))) {
    if (rule.includes('saddr')) continue;
    t.ok(example.includes(rule), rule);
  }
  const saddr = written.findLastIndex((rule) => rule.includes('saddr'));
  t.ok(written[saddr + 1]?.endsWith('drop'), 'all others are dropped after the sets');
});
