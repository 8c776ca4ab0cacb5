/**
 * A back-test over a log on disk: 100,000 calls of ten candidates each, read and replayed while the event loop stays free. The log is
 * written first, which is not measured.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createNumberingPlan } from '../src/adapters/numbering/numbering-plan.js';
import { openSqliteStore, type SqliteStore } from '../src/adapters/sqlite/open-sqlite-store.js';
import { createIdSource } from '../src/adapters/system/id-source.js';
import { createSystemClock } from '../src/adapters/system/system-clock.js';
import { BacktestDesk } from '../src/application/plans/backtest-plan.js';
import type { CallClosing } from '../src/application/ports/call-repository.js';
import { PlanRecords } from '../src/application/sale/plan-records.js';
import { packageRoot } from '../src/config/package-root.js';
import type { BidRecord } from '../src/domain/bidding/bid.js';
import { indexConfiguration } from '../src/domain/campaigns/configuration.js';
import type { CandidateTrace } from '../src/domain/routing/decision-trace.js';
import { check } from '../src/domain/routing/eligibility.js';
import { answeredCall, closingOf, endedCall, receivedCall, TRACE } from '../test/contract/call-samples.js';
import { group, planOf } from '../test/domain/plan-samples.js';
import { biddingTarget, documentOf, staticTarget } from '../test/support/call-configuration.js';
import { type BenchLine, judged, noted } from './bench-line.js';
import type { BenchOptions } from './options.js';

const TARGETS = Array.from({ length: 10 }, (_, index) =>
  index < 5 ? biddingTarget(`t${index}`) : staticTarget(`t${index}`, index),
);
const AT_ONCE = 256;
const LIMIT_MS = 10_000;
const CHECKS = ['target-active', 'buyer-active', 'open-now', 'concurrency', 'trunk', 'ping', 'minimum-bid'] as const;

/** The best of five bids has the call; which that is changes from call to call. */
function closing(place: number): CallClosing {
  const bids = TARGETS.slice(0, 5).map(({ id: targetId }, index): BidRecord => {
    const amountMicros = (20 + ((place + 3 * index) % 10)) * 1_000_000 + index;
    const common = { bidderId: `bidder-${targetId}`, detail: '', latencyMs: 20 + index, atMs: 20 + index };
    return { ...common, targetId, outcome: 'bid', amountMicros };
  });
  const amounts = bids.map(({ amountMicros }) => amountMicros ?? 0);
  const winner = `t${amounts.indexOf(Math.max(...amounts))}`;
  const candidates = TARGETS.map(({ id: targetId, buyerId }): CandidateTrace => {
    const outcome = targetId === winner ? 'won' : 'outbid';
    const checks = CHECKS.map((name) => check(name, true, 'what was compared with what, in some words', ''));
    return { targetId, buyerId, group: 'main/root', outcome, amountMicros: 1, rank: 1, checks };
  });
  const received = receivedCall(`call-${place}`, 1_000_000 + place);
  const bridged = { campaignId: 'campaign', sourceId: 'source', targetId: winner, bridgedAt: received.startedAt + 1 };
  const ended = { ...endedCall(answeredCall(received)), ...bridged };
  const trace = { ...TRACE, candidates, winnerTargetId: winner };
  return { ...closingOf({ ...ended, buyerId: `buyer-${winner}` }), bids, trace, ledger: [], capUses: [], dials: [] };
}

async function writeLog(store: SqliteStore, calls: number): Promise<void> {
  const places = Array.from({ length: calls }, (_, place) => place).values();
  const lane = async (): Promise<void> => {
    for (const place of places) await store.calls.close(closing(place));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Of a draft without the target that bids best most often. */
async function measure(store: SqliteStore, calls: number): Promise<{ tookMs: number; heldMs: number; found: string }> {
  const plan = planOf(
    group(
      'root',
      'auction',
      TARGETS.slice(1).map(({ id }) => id),
    ),
  );
  const options = { targets: TARGETS, campaign: { planId: 'main' }, document: { plans: [plan] } };
  const configuration = indexConfiguration(1, documentOf(options));
  const campaign = configuration.campaigns.get('campaign');
  if (campaign === undefined) throw new Error('the document has the campaign');
  const planRecords = new PlanRecords({ saveTurn: async () => undefined }, { alarm: () => undefined });
  const numbers = createNumberingPlan();
  const desk = new BacktestDesk({
    calls: store.calls,
    numbers,
    random: Math.random,
    planRecords,
    clock: createSystemClock(),
    ids: createIdSource(),
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  const result = await desk.run({ configuration, campaign, plan, from: null, before: null, last: calls });
  const tookMs = performance.now() - startedMs;
  delay.disable();
  if (result.replayed !== calls) throw new Error(`${result.replayed} of ${calls} calls were replayed`);
  const found = `${result.changed} of ${calls} calls change buyer`;
  return { tookMs, heldMs: delay.percentile(99) / 1e6, found };
}

export async function benchBacktest(options: BenchOptions, progress: (sentence: string) => void): Promise<BenchLine[]> {
  const calls = options.isQuick ? 5_000 : 100_000;
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-bench-'));
  try {
    const file = join(folder, 'log.db');
    const store = await openSqliteStore({ file, migrationsFolder: join(packageRoot(), 'migrations') });
    try {
      progress(`a log of ${calls} calls is written`);
      await writeLog(store, calls);
      progress('the log is replayed');
      const { tookMs, heldMs, found } = await measure(store, calls);
      const limitMs = (LIMIT_MS * calls) / 100_000;
      const took = `${(tookMs / 1000).toFixed(2)} s`;
      return [
        judged(`back-test of ${calls} calls`, took, `${(limitMs / 1000).toFixed(1)} s`, tookMs < limitMs),
        noted('  turn of the event loop meanwhile, p99', `${heldMs.toFixed(1)} ms; ${found}`),
      ];
    } finally {
      await store.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
