/** What every configuration repository does, whatever lies behind it. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { ConfigurationRepository } from '../../src/application/ports/configuration-repository.js';
import type { Did } from '../../src/domain/campaigns/did.js';
import type { E164 } from '../../src/domain/trunks/phone-number.js';
import { DOCUMENT, EMPTY_DOCUMENT, sampleBuyer } from './configuration-samples.js';

/** An empty repository whose release is registered with the test. */
export type OpenConfiguration = (test: Test) => Promise<ConfigurationRepository>;

function did(id: string, number: string): Did {
  return {
    id,
    number: number as E164,
    campaignId: 'roofing',
    sourceId: 'publisher-1',
    isActive: true,
    pause: null,
    tags: {},
    fax: null,
  };
}

async function checkRows(t: Test, openConfiguration: OpenConfiguration): Promise<void> {
  await t.test('a new store has version 0 and nothing in it', async (t) => {
    const configuration = await openConfiguration(t);
    t.equal(configuration.current().version, 0);
    t.same(await configuration.export(), EMPTY_DOCUMENT);
  });

  await t.test('what is applied is current at once, exported unchanged, and read again unchanged', async (t) => {
    const configuration = await openConfiguration(t);
    const applied = await configuration.apply(DOCUMENT);
    t.equal(applied.version, 1);
    t.equal(configuration.current(), applied);
    t.strictSame(await configuration.export(), DOCUMENT);
    const refreshed = await configuration.refresh();
    t.equal(refreshed.version, 1);
    t.strictSame(refreshed.didsByNumber.get('+18005550100'), DOCUMENT.dids[0]);
    t.strictSame(refreshed.targets.get('best'), DOCUMENT.targets[1]);
  });

  await t.test('a row takes the place of the row with its id, and rows that are not named stay', async (t) => {
    const configuration = await openConfiguration(t);
    const before = await configuration.apply(DOCUMENT);
    const acme = sampleBuyer('acme', { name: 'Acme Inc.', isActive: false });
    const after = await configuration.apply({ ...EMPTY_DOCUMENT, buyers: [acme] });
    t.equal(after.version, 2);
    t.same([...after.buyers.values()], [acme]);
    t.equal(after.targets.size, 2);
    t.equal(before.buyers.get('acme')?.name, 'Acme', 'a call keeps the configuration that it arrived with');
    t.same(await configuration.export(), { ...DOCUMENT, buyers: [acme] });
  });
}

async function checkNumbers(t: Test, openConfiguration: OpenConfiguration): Promise<void> {
  await t.test('a number that belongs to another DID is refused, and nothing of that document is stored', async (t) => {
    const configuration = await openConfiguration(t);
    await configuration.apply(DOCUMENT);
    const buyers = [sampleBuyer('new')];
    await t.rejects(configuration.apply({ ...EMPTY_DOCUMENT, buyers, dids: [did('did-2', '+18005550100')] }));
    const { version, ...current } = await configuration.refresh();
    t.equal(version, 1);
    t.notOk(current.buyers.has('new'));
    t.equal(current.didsByNumber.get('+18005550100')?.id, 'did-1');
  });

  await t.test('two DIDs exchange their numbers', async (t) => {
    const configuration = await openConfiguration(t);
    await configuration.apply({ ...EMPTY_DOCUMENT, dids: [did('a', '+18005550101'), did('b', '+18005550102')] });
    const { didsByNumber } = await configuration.apply({
      ...EMPTY_DOCUMENT,
      dids: [did('a', '+18005550102'), did('b', '+18005550101')],
    });
    t.equal(didsByNumber.get('+18005550101')?.id, 'b');
    t.equal(didsByNumber.get('+18005550102')?.id, 'a');
  });
}

async function checkEdits(t: Test, openConfiguration: OpenConfiguration): Promise<void> {
  await t.test('a row that others name is not removed, and they are listed; then it goes', async (t) => {
    const configuration = await openConfiguration(t);
    await configuration.apply(DOCUMENT);
    t.strictSame(await configuration.remove('buyers', 'acme', 1), {
      kind: 'referred-to',
      references: [
        { section: 'targets', id: 'acme-east', field: 'buyerId' },
        { section: 'targets', id: 'best', field: 'buyerId' },
      ],
    });
    const prompts = await configuration.remove('prompts', 'greeting', 1);
    t.same(prompts.kind === 'referred-to' && prompts.references.map(({ id, field }) => `${id}.${field}`), [
      ...[
        'roofing.greetingPromptId',
        'roofing.apologyPromptId',
        'roofing.agents.queue.promptId',
        'roofing.fallback[1].greetingPromptId',
      ],
      ...[
        'roofing.fallback[2].promptId',
        'best.whisperPromptId',
        'best.acceptKey.promptId',
        'best.acceptKey.voicemailDrop.promptId',
        'best.voicemail.greetingPromptId',
      ],
    ]);
    t.equal(configuration.current().version, 1);
    const removed = await configuration.remove('dids', 'did-1', 1);
    t.equal(removed.kind, 'done');
    t.equal(configuration.current().version, 2);
    t.equal((await configuration.refresh()).didsByNumber.size, 0);
    t.same(await configuration.remove('dids', 'did-1', 2), { kind: 'missing' });
  });

  await t.test('an edit that was judged against an older version writes nothing', async (t) => {
    const configuration = await openConfiguration(t);
    await configuration.apply(DOCUMENT);
    const buyers = [sampleBuyer('new')];
    t.same(await configuration.put({ ...EMPTY_DOCUMENT, buyers }, 0), { kind: 'moved' });
    t.same(await configuration.remove('dids', 'did-1', 0), { kind: 'moved' });
    t.strictSame(await configuration.export(), DOCUMENT);
    const edits = Array.from({ length: 10 }, () => configuration.put({ ...EMPTY_DOCUMENT, buyers }, 1));
    const kinds = (await Promise.all(edits)).map(({ kind }) => kind);
    t.equal(kinds.filter((kind) => kind === 'done').length, 1, 'of ten at once one is done');
    t.equal(configuration.current().buyers.get('new')?.name, 'Buyer new');
  });
}

async function checkRaces(t: Test, openConfiguration: OpenConfiguration): Promise<void> {
  await t.test('ten changes race: ten versions, and the last one is current with every row', async (t) => {
    const configuration = await openConfiguration(t);
    const changes = Array.from({ length: 10 }, (_, index) => {
      const buyers = [sampleBuyer(`b${index}`)];
      return configuration.apply({ ...EMPTY_DOCUMENT, buyers });
    });
    const reads = Array.from({ length: 10 }, () => configuration.refresh());
    await Promise.all([...changes, ...reads]);
    t.equal(configuration.current().version, 10);
    t.equal(configuration.current().buyers.size, 10);
  });
}

export async function configurationRepositoryContract(name: string, open: OpenConfiguration): Promise<void> {
  await t.test(`configuration in ${name}`, async (t) => {
    await checkRows(t, open);
    await checkNumbers(t, open);
    await checkEdits(t, open);
    await checkRaces(t, open);
  });
}
