// The documented example, files on disk, and texts that are no configuration at all.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  readConfigurationFile,
  readConfigurationText,
} from '../../../src/adapters/config-file/read-configuration-file.js';
import { MemoryConfigurationRepository } from '../../../src/adapters/memory/memory-configuration-repository.js';
import { DIALECT_TEXT, EXAMPLE_TEXT, OPTIONS, readChanged, sentences } from './documented-example.js';

await t.test('the documented example is read: amounts as micros, hours as ranges, defaults filled in', async (t) => {
  const result = readConfigurationText(EXAMPLE_TEXT, OPTIONS);
  if (!result.ok) throw new Error(sentences(result).join('\n'));
  const { trunks, dids, sources, campaigns, targets, bidders, prompts } = result.document;
  t.same(dids, [
    {
      id: '+18005550100',
      number: '+18005550100',
      campaignId: 'roofing',
      sourceId: 'leads-inc',
      isActive: true,
      pause: null,
      tags: {},
      fax: null,
    },
  ]);
  t.equal(trunks[0]?.isActive, true);
  t.same(sources[0]?.payout, { kind: 'share', basisPoints: 7_000 });
  t.equal(campaigns[0]?.minimumBidMicros, 5_000_000);
  t.same(campaigns[0]?.schedule?.ranges.slice(5), [
    { weekday: 6, fromMinute: 540, toMinute: 720 },
    { weekday: 6, fromMinute: 780, toMinute: 1_020 },
  ]);
  t.match(targets[0], {
    pricing: { kind: 'bid', bidderId: 'acme-rtb', minimumMicros: 10_000_000 },
    destination: null,
    ringTimeoutMs: 25_000,
    priority: 1,
    weight: 1,
    maxCalls: null,
  });
  t.same(targets[1]?.pricing, { kind: 'static', amountMicros: 30_000_000 });
  t.same(targets[1]?.destination, { kind: 'sip', uri: 'sip:sales@pbx.best-roofs.example' });
  t.match(bidders[0]?.dialect.ping, {
    url: 'https://rtb.acme.example/ping',
    headers: { Authorization: 'Bearer change-me' },
  });
  t.match(bidders[0], { postTimeoutMs: 2_000, maximumBidMicros: 80_000_000, bidLifetimeMs: 60_000 });
  t.same(prompts[0], { id: 'consent', kind: 'text', text: 'This call may be recorded.', voice: 'slt' });
});

await t.test('a file lies in a folder, and its audio files are found from there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-config-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ringpost.json');
  writeFileSync(file, `\uFEFF${EXAMPLE_TEXT}`);
  const result = await readConfigurationFile(file, OPTIONS);
  t.same(result.ok && result.document.prompts[5], {
    id: 'music',
    kind: 'file',
    path: join(folder, 'prompts/music.mp3'),
  });
  const missing = await readConfigurationFile(join(folder, 'missing.json'), OPTIONS);
  t.match(sentences(missing), [/^\(the file\): found .*ENOENT.*, expected a readable file$/]);
});

await t.test('text that is not JSON is one fault with its place', async (t) => {
  t.match(sentences(readConfigurationText('{"trunks": [}', OPTIONS)), [
    /^\(the document\): found ".*", expected JSON text$/,
  ]);
  t.same(sentences(readConfigurationText('[]', OPTIONS)), [
    '(the document): found an empty list, expected an object with sections',
  ]);
  const deep = `{"bidders": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  t.match(sentences(readConfigurationText(deep, OPTIONS)), [/at most 64 levels/]);
});

await t.test('all faults come at once, each at its own field', async (t) => {
  const result = readChanged({
    'trunks.0.gateways.0.prot': 'udp',
    'campaigns.0.maxHoldMs': '1 minute',
    'campaigns.0.targetIds': ['acme-live', 'nobody'],
    'targets.0.buyerId': 'acne',
    'targets.0.ringTimeoutMs': 5,
    'targets.1.price': -3,
    'buyers.1.id': 'acme',
    'sources.0.payout': { kind: 'fixed', amount: '10' },
    extras: [],
  });
  t.strictSame(sentences(result).toSorted(), [
    'buyers[1].id: found "acme", expected an id that buyers[0] does not have already',
    'campaigns[0].maxHoldMs: found "1 minute", expected a whole number of milliseconds from 1,000 to 600,000',
    'campaigns[0].targetIds[1]: found "nobody", expected the id of a target: "acme-live", "best-roofs"',
    'extras: found an empty list, expected no section of this name; known are trunks, dids, sources, campaigns, buyers, targets, bidders, prompts, plans, flows, calendars, agents',
    'sources[0].payout.amount: found "10", expected an amount from 0 to 1,000,000 units of the currency, six decimals at most',
    'targets[0].buyerId: found "acne", expected the id of a buyer: "acme"',
    'targets[0].ringTimeoutMs: found 5, expected a whole number of milliseconds from 1,000 to 120,000',
    'targets[1].buyerId: found "best", expected the id of a buyer: "acme"',
    'targets[1].price: found -3, expected an amount from 0 to 1,000,000 units of the currency, six decimals at most',
    'trunks[0].gateways[0].prot: found "udp", expected no field of this name; known are host, port, transport, priority, weight',
  ]);
});

await t.test('a file may refer to what is in the store, and to nothing else', async (t) => {
  const repository = new MemoryConfigurationRepository();
  const whole = readConfigurationText(EXAMPLE_TEXT, OPTIONS);
  if (!whole.ok) throw new Error('the example is valid');
  await repository.apply(whole.document);
  const text = JSON.stringify({
    targets: [{ id: 'acme-west', buyerId: 'acme', price: 12.5, destination: '+12125550100', trunkId: 'telnyx' }],
    dids: [{ id: 'second', number: '+18005550100', campaignId: 'roofing', sourceId: 'leads-inc' }],
  });
  t.equal(sentences(readConfigurationText(text, OPTIONS)).length, 4);
  const stored = await repository.export();
  t.same(sentences(readConfigurationText(text, { ...OPTIONS, stored })), [
    'dids[0].number: found "+18005550100", expected a number that DID "+18005550100" of the store does not have',
  ]);
});

await t.test('a dialect may be written out, as documented', async (t) => {
  const dialect = JSON.parse(DIALECT_TEXT) as object;
  const own = { id: 'acme-rtb', dialect };
  const result = readChanged({ 'bidders.0': own });
  t.same(result.ok && result.document.bidders[0]?.dialect, dialect);
  const broken = {
    ...dialect,
    post: null,
    pingResponse: { ...dialect, accept: [{ path: 'a', operator: 'like', value: 1 }] },
  };
  t.match(
    sentences(readChanged({ 'bidders.0': { ...own, dialect: broken } })).join('\n'),
    /dialect\.pingResponse\.accept\[0\]\.operator: found "like", expected "equals" or/,
  );
});
