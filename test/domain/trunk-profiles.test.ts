/** docs/trunks.md is what the profiles and the schema of a trunk say, field by field; and the profiles are sound. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SECTIONS } from '../../src/adapters/config-file/document-schema.js';
import { readConfigurationText } from '../../src/adapters/config-file/read-configuration-file.js';
import { packageRoot } from '../../src/config/package-root.js';
import { gatewayName } from '../../src/domain/trunks/gateway-order.js';
import type { TrunkSettings } from '../../src/domain/trunks/trunk.js';
import {
  composeTrunk,
  TRUNK_PROFILE_NAMES,
  TRUNK_PROFILES,
  TRUNK_SETTING_NAMES,
} from '../../src/domain/trunks/trunk-profile.js';
import { OPTIONS } from '../adapters/config-file/documented-example.js';

const page = readFileSync(join(packageRoot(), 'docs/trunks.md'), 'utf8');

const grouped = (value: number): string => value.toLocaleString('en-US');

function shown(settings: TrunkSettings, name: keyof TrunkSettings): string {
  const { sourceCidrs, gateways, callerId, optionsProbe } = settings;
  if (name === 'sourceCidrs') return sourceCidrs.length === 0 ? 'none' : `${sourceCidrs.length} networks`;
  if (name === 'gateways') return gateways.length === 0 ? 'none' : gateways.map(gatewayName).join(', ');
  if (name === 'callerId') return callerId.kind;
  if (name === 'optionsProbe' && optionsProbe !== null) return Object.values(optionsProbe).map(grouped).join(' / ');
  if (name === 'costPerMinute') return Object.values(settings.costPerMinute).map(grouped).join(' / ');
  const value = settings[name];
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'number' ? grouped(value) : String(value);
}

t.test('the table of docs/trunks.md has every setting once, with the default of each profile', async (t) => {
  const rows = page.split('\n').flatMap((line) => {
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
    const name = /^`(\w+)`$/.exec(cells[0] ?? '')?.[1];
    return name === undefined ? [] : [[name, ...cells.slice(2)]];
  });
  const expected = TRUNK_SETTING_NAMES.map((name) => [
    name,
    ...TRUNK_PROFILE_NAMES.map((profile) => shown(TRUNK_PROFILES[profile], name)),
  ]);
  t.same(rows, expected);
  t.match(page, `| ${['field', 'what it says', ...TRUNK_PROFILE_NAMES.map((name) => `\`${name}\``)].join(' | ')} |`);
});

t.test('every field that a file may have is in docs/trunks.md', async (t) => {
  for (const field of Object.keys(SECTIONS.trunks.properties)) t.ok(page.includes(`\`${field}\``), field);
});

t.test('the example of docs/trunks.md can be applied', async (t) => {
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  t.match(readConfigurationText(example, OPTIONS), {
    ok: true,
    document: { trunks: [{ profile: 'twilio', callsPerSecond: 1 }] },
  });
});

t.test('every profile passes the checks of a file when it is written out, and comes back the same', async (t) => {
  for (const profile of TRUNK_PROFILE_NAMES) {
    // In units in a file.
    const costPerMinute = { inbound: 0, outbound: 0 };
    const text = JSON.stringify({ trunks: [{ id: 'x', profile, ...TRUNK_PROFILES[profile], costPerMinute }] });
    const read = readConfigurationText(text, OPTIONS);
    t.match(read, { ok: true });
    if (read.ok) t.same(read.document.trunks[0], composeTrunk({ id: 'x', profile, ...TRUNK_PROFILES[profile] }));
  }
});
