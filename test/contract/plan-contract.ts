/** What every store of plans does with versions and drafts. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { ConfigurationRepository } from '../../src/application/ports/configuration-repository.js';
import type { PlanRepository } from '../../src/application/ports/plan-repository.js';
import type { Plan } from '../../src/domain/plans/plan.js';
import type { PlanDraft } from '../../src/domain/plans/plan-version.js';
import { DOCUMENT, EMPTY_DOCUMENT, PLAN } from './configuration-samples.js';

export interface PlanStore {
  readonly configuration: ConfigurationRepository;
  readonly plans: PlanRepository;
}

export type OpenPlans = (test: Test) => Promise<PlanStore>;

const renamed = (name: string): Plan => ({ ...PLAN, name, version: 0 });

function draft(revision: string, changes: Partial<PlanDraft> = {}): PlanDraft {
  const common = { basedOn: 1, savedAt: 1_000, savedBy: 'Ann', publishAt: null, failure: null };
  return { plan: renamed('Another name'), revision, ...common, ...changes };
}

async function checkVersions(t: Test, openPlans: OpenPlans): Promise<void> {
  await t.test('each publication that changes something is a version, with its author, and none is lost', async (t) => {
    const { configuration, plans } = await openPlans(t);
    await configuration.apply(DOCUMENT, 'Ann');
    const version = async (plan: Plan, author: string): Promise<number | undefined> => {
      const { plans: now } = await configuration.apply({ ...EMPTY_DOCUMENT, plans: [plan] }, author);
      return now.get(PLAN.id)?.version;
    };
    t.equal(await version(renamed(PLAN.name), 'Bob'), 1, 'the same again is no version');
    t.equal(await version(renamed('Two'), 'Bob'), 2);
    const put = await configuration.put({ ...EMPTY_DOCUMENT, plans: [renamed(PLAN.name)] }, 3, 'Eve');
    t.equal(put.kind === 'done' && put.configuration.plans.get(PLAN.id)?.version, 3, 'back to the first is a third');
    const versions = await plans.versions(PLAN.id);
    const told = versions.map(({ plan, publishedBy }) => [plan.version, plan.name, publishedBy]);
    t.same(told, [
      [3, 'All roofs', 'Eve'],
      [2, 'Two', 'Bob'],
      [1, 'All roofs', 'Ann'],
    ]);
    t.strictSame(versions.at(-1)?.plan, PLAN);
    t.same(await plans.versions('nobody'), []);
  });

  await t.test('a plan that is removed and made again goes on counting its versions', async (t) => {
    const { configuration, plans } = await openPlans(t);
    await configuration.apply({ ...EMPTY_DOCUMENT, plans: [PLAN] });
    t.equal((await configuration.remove('plans', PLAN.id, 1)).kind, 'done');
    const again = await configuration.apply({ ...EMPTY_DOCUMENT, plans: [PLAN] });
    t.equal(again.plans.get(PLAN.id)?.version, 2);
    t.equal((await plans.versions(PLAN.id)).length, 2);
  });

  await t.test('a target, or a plan, that a plan or a campaign names stays', async (t) => {
    const { configuration } = await openPlans(t);
    await configuration.apply(DOCUMENT);
    const target = await configuration.remove('targets', 'best', 1);
    t.match(target, { kind: 'referred-to' });
    const fields = target.kind === 'referred-to' ? target.references.map(({ section, field }) => [section, field]) : [];
    t.same(fields, [
      ['campaigns', 'targetIds[1]'],
      ['plans', 'root.members[1].targetId'],
    ]);
    t.match(await configuration.remove('plans', PLAN.id, 1), { kind: 'referred-to' });
  });
}

async function checkDrafts(t: Test, openPlans: OpenPlans): Promise<void> {
  await t.test('a draft is changed only by whoever has read it', async (t) => {
    const { plans } = await openPlans(t);
    t.equal(await plans.draft(PLAN.id), null);
    t.same(await plans.saveDraft(draft('r1'), null), { kind: 'done' });
    t.strictSame(await plans.draft(PLAN.id), draft('r1'));
    t.same(await plans.saveDraft(draft('r2'), null), { kind: 'moved' });
    t.same(await plans.saveDraft(draft('r2', { publishAt: 9_000 }), 'r1'), { kind: 'done' });
    t.same(await plans.saveDraft(draft('r3'), 'r1'), { kind: 'moved' });
    t.same(await plans.removeDraft(PLAN.id, 'r1'), { kind: 'moved' });
    t.strictSame(await plans.drafts(), [draft('r2', { publishAt: 9_000 })]);
    t.same(await plans.removeDraft(PLAN.id, 'r2'), { kind: 'done' });
    t.same(await plans.drafts(), []);
  });
}

export async function planContract(name: string, openPlans: OpenPlans): Promise<void> {
  await t.test(`${name}: versions`, (t) => checkVersions(t, openPlans));
  await t.test(`${name}: drafts`, (t) => checkDrafts(t, openPlans));
}
