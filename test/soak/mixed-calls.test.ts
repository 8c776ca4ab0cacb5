// Goal: whatever callers and buyers do, nothing stays behind. Method: a seeded mix of calls at 10 a second through the whole system,
// then every count that switch and control app keep, their descriptors and their heaps are compared with what they were before.
//
// SOAK_CALLS sets the number of calls (60 by default; 500 is the full run), SOAK_PER_SECOND their rate, SOAK_SEED the mix; SOAK_ONLY
// keeps the kinds with these words in their names. The heap is compared after a first part (100 calls in a full run, a third in a short
// one) and at the end, each time when everything is over and collected: before that caches, compiled code and pools grow. It is judged
// from 300 calls on; in fewer its noise is as large as a leak. SOAK_SNAPSHOTS names a folder for heap snapshots of these moments.
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { CALL_KINDS, type CallKind, mixOf } from './call-kinds.js';
import { judgeCall, judgeMoney } from './judge-calls.js';
import { newDescriptors, type ProcessReport, reportProcess } from './process-report.js';
import { describeRun, type SoakReports } from './run-figures.js';
import type { AppTrouble } from './soak-app-process.js';
import { type PlacedReport, SoakSystem } from './soak-system.js';
import type { Settled } from './when-zero.js';

const CALLS = Number(process.env.SOAK_CALLS ?? 60);
const SEED = Number(process.env.SOAK_SEED ?? 20_260_801);
const PER_SECOND = Number(process.env.SOAK_PER_SECOND ?? 10);
const IS_FULL = CALLS >= 300;
const FIRST_PART = IS_FULL ? 100 : Math.ceil(CALLS / 3);
const HEAP_GROWTH_MAX_BYTES = 2 * 1024 * 1024;
/** Compiled code is among them; ten objects that stay behind in each call are not missed. */
const THREAD_GROWTH_MAX_OBJECTS = 4_000;
/** 64*T1 of RFC 3261 is 32 s; a short run has shorter timers in the switch, so that it need not wait so long. */
const TIMERS = IS_FULL ? {} : { t1Ms: 100, t2Ms: 800, t4Ms: 1_000 };
/** The longest chain: the 200 that nobody acknowledges (64*T1), then the BYE and its transaction (64*T1). */
const SETTLE_LIMIT_MS = 100_000;
/** What is said, and costs the caller nothing, when the machine has no core for the thread that reads: the application's tests ask for it. */
const TOO_BUSY = /earlier calls of the caller are not known to call .*: nothing was read in \d+ ms/;

/** What is still held when all timers have run out. */
async function settle(t: Test, system: SoakSystem): Promise<object> {
  const app = await system.app.ask<Settled>('settled', SETTLE_LIMIT_MS);
  const held = (await system.switch?.ask<Settled>('settled', SETTLE_LIMIT_MS)) ?? { left: {}, last: {}, tookMs: 0 };
  for (const [name, { last, tookMs }] of Object.entries({ app, switch: held })) {
    t.comment(`${name}: settled after ${Math.round(tookMs)} ms; the last to go were ${JSON.stringify(last)}`);
  }
  return { app: app.left, switch: held.left, buyers: system.buyers.held() };
}

async function report(system: SoakSystem, moment: string): Promise<SoakReports> {
  const folder = process.env.SOAK_SNAPSHOTS ?? '';
  if (folder !== '') await system.app.ask('snapshot', join(folder, `app-${moment}.heapsnapshot`));
  if (folder !== '') await system.switch?.ask('snapshot', join(folder, `switch-${moment}.heapsnapshot`));
  return {
    app: await system.app.ask<ProcessReport>('report'),
    switch: (await system.switch?.ask<ProcessReport>('report')) ?? null,
    parties: await reportProcess(),
  };
}

/** The main thread, and what lives in the other threads together. */
function judgeHeap(t: Test, name: string, between: ProcessReport, after: ProcessReport): void {
  if (!IS_FULL) return;
  const growth = after.heapUsedBytes - between.heapUsedBytes;
  t.ok(growth <= HEAP_GROWTH_MAX_BYTES, `heap of the ${name}: ${growth} bytes more`);
  const threadGrowth = after.threadObjects - between.threadObjects;
  t.ok(threadGrowth <= THREAD_GROWTH_MAX_OBJECTS, `threads of the ${name}: ${threadGrowth} objects more`);
}

async function judgeTrouble(t: Test, system: SoakSystem, records: readonly CallDetails[]): Promise<void> {
  const ids = records.flatMap(({ recordings }) => recordings.map(({ id }) => id));
  const files = await system.app.ask<string[]>('recordingFiles');
  t.same(
    files.filter((file) => !ids.some((id) => file.includes(id))),
    [],
  );
  const lost = records.flatMap(({ recordings }) => recordings.filter(({ state }) => state !== 'ready'));
  t.same(lost, []);
  const trouble: AppTrouble = await system.app.ask('trouble');
  t.same(
    trouble.alarms.filter((alarm) => !TOO_BUSY.test(alarm)),
    [],
  );
  t.same(trouble.closedTwice, []);
  t.same(
    trouble.complaints.filter((line) => !line.includes('INVITE from an unknown source') && !TOO_BUSY.test(line)),
    [],
  );
  t.same((await system.switch?.ask('bugs')) ?? [], []);
  t.equal(system.app.complaints, '');
}

const NOTHING = { app: {}, switch: {}, buyers: 0 };

t.test(`after ${CALLS} calls of mixed outcomes at ${PER_SECOND} a second nothing is left over`, async (t) => {
  const system = await SoakSystem.start(TIMERS);
  t.teardown(() => system.close());
  // One recorded call first: threads that start with their first work stay for the life of the process.
  const placed: PlacedReport[] = await system.place(CALL_KINDS.slice(0, 1), PER_SECOND);
  t.same(await settle(t, system), NOTHING, 'after one call nothing is held');
  const before = await report(system, 'before');
  const mix: readonly CallKind[] = mixOf(CALLS, SEED, process.env.SOAK_ONLY);
  placed.push(...(await system.place(mix.slice(0, FIRST_PART), PER_SECOND)));
  t.same(await settle(t, system), NOTHING, 'after the first part nothing is held');
  const between = await report(system, 'between');
  placed.push(...(await system.place(mix.slice(FIRST_PART), PER_SECOND)));
  await system.closeBidders();
  t.same(await settle(t, system), NOTHING, 'after the last call nothing is held');
  const after = await report(system, 'after');
  const records = await system.records();
  for (const line of describeRun({ placed, secondPart: CALLS - FIRST_PART, before, between, after })) t.comment(line);

  t.test('every call ends as it was meant to, with one closed record', async (t) => {
    const faults = judgeCall(placed, records);
    t.same(faults, []);
    t.equal(await system.app.ask('unfinished'), 0);
    t.equal(await system.app.ask('unknownSources'), mix.filter(({ isStranger }) => isStranger).length);
  });

  t.test('each sold call has one charge and one payout, no other has any', async (t) => {
    t.same(judgeMoney(records), []);
  });

  t.test('every recording file belongs to a record, and no alarm was raised', (t) => judgeTrouble(t, system, records));

  t.test('descriptors, timers and heap are back where they were', async (t) => {
    t.same(newDescriptors(before.app, after.app), [], 'descriptors of the control app');
    t.same(await system.app.ask('objects'), { CallScope: 1 }, 'of the control app is left the scope of the app itself');
    t.ok(after.app.timers <= before.app.timers, `timers of the control app: ${before.app.timers}, ${after.app.timers}`);
    judgeHeap(t, 'control app', between.app, after.app);
    if (before.switch === null || between.switch === null || after.switch === null) return;
    t.same(newDescriptors(before.switch, after.switch), [], 'descriptors of the switch');
    t.same(await system.switch?.ask('objects'), {}, 'objects of the switch');
    judgeHeap(t, 'switch', between.switch, after.switch);
  });
});
