// Drafts that are published at their time, whatever happens to the process or to what they name meanwhile.
import t from 'tap';
import { BUILT_IN_DIALECTS } from '../../src/adapters/bidders/built-in-dialects.js';
import { fillDialect } from '../../src/adapters/bidders/fill-dialect.js';
import { createConfigurationChecker } from '../../src/adapters/config-file/configuration-checker.js';
import { MemoryConfigurationRepository } from '../../src/adapters/memory/memory-configuration-repository.js';
import { MemoryPlanRepository } from '../../src/adapters/memory/memory-plan-repository.js';
import { PlanDesk } from '../../src/application/plans/plan-desk.js';
import { publishDrafts } from '../../src/application/plans/publish-drafts.js';
import { EMPTY_DOCUMENT } from '../../src/domain/campaigns/configuration.js';
import { group, planOf } from '../domain/plan-samples.js';
import { staticTarget } from '../support/call-configuration.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

const HOUR_MS = 3_600_000;

async function opened() {
  const plans = new MemoryPlanRepository();
  const configuration = new MemoryConfigurationRepository(plans);
  const targets = [staticTarget('alpha', 30), staticTarget('beta', 20)];
  await configuration.apply({ ...EMPTY_DOCUMENT, targets, plans: [planOf(group('all', 'auction', ['alpha']))] });
  const clock = new VirtualClock();
  let lastId = 0;
  const checker = createConfigurationChecker({ dialects: BUILT_IN_DIALECTS, fillDialect });
  const ids = { newId: () => `id-${++lastId}` };
  const desk = new PlanDesk({ plans, configuration, checker, clock, ids, onEdited: () => undefined });
  const alarms: string[] = [];
  const events = { alarm: (kind: string, sentence: string) => void alarms.push(`${kind}: ${sentence}`) };
  const start = (): (() => void) => publishDrafts({ plans, desk, clock, events });
  const version = () => configuration.current().plans.get('main')?.version;
  const draftAt = async (at: number): Promise<void> => {
    const entry = { id: 'main', root: { id: 'all', strategy: 'auction', members: ['beta'] } };
    await desk.save('main', entry, 'Ann', null);
    t.match(await desk.publishAt('main', at, 'Ann', () => true), { kind: 'saved' });
  };
  return { plans, configuration, clock, desk, alarms, start, version, draftAt };
}

t.test('a draft is published when its time has come, by its author, and not before', async (t) => {
  const { clock, start, version, draftAt, plans } = await opened();
  const stop = start();
  await settled();
  await draftAt(clock.wallMs() + HOUR_MS);
  await clock.advance(HOUR_MS - 1_000);
  t.equal(version(), 1);
  await clock.advance(1_000);
  await settled();
  t.equal(version(), 2);
  t.match(await plans.versions('main'), [{ publishedBy: 'Ann' }, {}]);
  t.equal(await plans.draft('main'), null);
  stop();
  t.equal(clock.pendingTimers, 0);
});

t.test('a time that came while no process ran is kept at the next start', async (t) => {
  const { clock, start, version, draftAt } = await opened();
  await draftAt(clock.wallMs() + HOUR_MS);
  await clock.advance(2 * HOUR_MS);
  t.equal(version(), 1);
  const stop = start();
  await settled();
  t.equal(version(), 2);
  stop();
});

t.test('a draft whose target has gone is not published: it stays with the reason, and an alarm says so', async (t) => {
  const { clock, configuration, start, version, draftAt, plans, alarms } = await opened();
  await draftAt(clock.wallMs() + HOUR_MS);
  t.match(await configuration.remove('targets', 'beta', configuration.current().version), { kind: 'done' });
  const stop = start();
  await clock.advance(HOUR_MS);
  await settled();
  t.equal(version(), 1);
  t.match(await plans.draft('main'), { publishAt: null, failure: /root\.members\[0\]\.targetId: found "beta"/ });
  t.match(alarms, [/^plan: plan main could not be published at its time/]);
  stop();
});
