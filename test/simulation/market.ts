/**
 * The market of the simulation: campaigns, targets and bidders that a seed draws, and what bidders and buyers do when they
 * are asked. Every fault of theirs that the flow knows comes up, each far more often than in life.
 */
import type { PingOutcome, PostOutcome } from '../../src/domain/bidding/bid.js';
import type { AcceptKey, Target } from '../../src/domain/campaigns/buyer.js';
import type { Campaign, FallbackStep } from '../../src/domain/campaigns/campaign.js';
import type { Cap } from '../../src/domain/routing/cap.js';
import type { E164 } from '../../src/domain/trunks/phone-number.js';
import {
  ANY_BIDDER,
  biddingTarget,
  CAMPAIGN,
  documentOf,
  type FixtureOptions,
  staticTarget,
} from '../support/call-configuration.js';
import type { PingScript } from '../support/call-fixture.js';
import type { DialScript } from '../support/scripted-telephony.js';
import type { Chance } from './chance.js';
import { drawnPlan, drawnTeam } from './drawn-plan.js';

const TARGETS = 16;
export const CAMPAIGNS = 4;
const MICROS = 1_000_000;

export const numberOf = (campaign: number): E164 => `+1202555010${campaign}` as E164;

/** The plan of the queue in a fallback chain, and the key with which callers leave it. */
const TEAM = 'team';
export const QUEUE_KEY = '9';

const CHAINS: readonly (readonly FallbackStep[])[] = [
  [],
  [{ kind: 'message', promptId: 'apology' }],
  [
    {
      kind: 'dial',
      destination: { kind: 'sip', uri: 'sip:house@127.0.0.1' },
      trunkId: null,
      ringTimeoutMs: 8_000,
    },
    { kind: 'voicemail', greetingPromptId: 'voicemail', limitMs: 60_000 },
  ],
  [
    {
      ...{ kind: 'queue', planId: TEAM, maxWaitMs: 40_000, maxCallers: 15, announceEveryMs: 10_000 },
      ...{ prompt: { kind: 'prompt', promptId: 'apology' }, leaveKey: QUEUE_KEY, leaveTo: 'voicemail' },
    },
    { kind: 'message', promptId: 'apology' },
    { kind: 'voicemail', greetingPromptId: null, limitMs: 60_000 },
  ],
];

function capsOf(chance: Chance): readonly Cap[] {
  if (chance.isTrue(0.5)) return [];
  const dimension = chance.pick(['attempts', 'connected', 'converted', 'revenue'] as const);
  const calls = chance.integer(20, 400);
  const limit = dimension === 'revenue' ? calls * 30 * MICROS : calls;
  // A day in UTC holds the whole run, so that a count of the records can be held against it.
  return [{ dimension, window: chance.pick(['day', 'total'] as const), limit, timeZone: 'UTC', kind: 'hard' }];
}

function acceptKeyOf(chance: Chance): AcceptKey | null {
  if (!chance.isTrue(0.25)) return null;
  const voicemailDrop = chance.isTrue(0.5) ? { promptId: 'greeting', afterMs: 5_000 } : null;
  return { digit: '1', timeoutMs: 8_000, promptId: null, voicemailDrop };
}

function targetOf(chance: Chance, index: number): Target {
  const changes: Partial<Target> = {
    priority: chance.integer(1, 3),
    weight: chance.integer(0, 4),
    maxCalls: chance.isTrue(0.6) ? chance.integer(1, 12) : null,
    caps: capsOf(chance),
    ringTimeoutMs: chance.integer(4, 25) * 1_000,
    billAfterMs: chance.pick([0, 0, 30_000, 90_000]),
    whisperPromptId: chance.isTrue(0.3) ? 'greeting' : null,
    acceptKey: acceptKeyOf(chance),
    isActive: !chance.isTrue(0.05),
    maxEarlierConnections: chance.isTrue(0.3) ? chance.integer(0, 2) : null,
    skills: chance.isTrue(0.5) ? [{ skill: 'roof', level: chance.pick([20, 60, 90]) }] : [],
  };
  const id = `target-${index}`;
  return index % 2 === 0 ? staticTarget(id, chance.integer(5, 40), changes) : biddingTarget(id, changes);
}

function campaignOf(chance: Chance, index: number, targets: readonly Target[]): Campaign {
  return {
    ...CAMPAIGN,
    id: `campaign-${index}`,
    name: `Campaign ${index}`,
    targetIds: targets.filter(() => chance.isTrue(0.6)).map(({ id }) => id),
    recording: chance.pick(['off', 'from-bridge', 'from-answer'] as const),
    consentPromptId: chance.isTrue(0.3) ? 'greeting' : null,
    endingPromptId: chance.isTrue(0.5) ? 'ending' : null,
    apologyPromptId: chance.isTrue(0.5) ? 'apology' : null,
    auctionDeadlineMs: chance.integer(500, 3_000),
    minimumBidMicros: chance.integer(0, 8) * MICROS,
    maxHoldMs: chance.integer(15, 60) * 1_000,
    fallback: CHAINS[index % CHAINS.length] ?? [],
    maxCalls: chance.isTrue(0.5) ? chance.integer(20, 60) : null,
    // One campaign in two walks a plan, the others hold one auction.
    planId: index % 2 === 0 ? `plan-${index}` : null,
    voicemailMail: ['desk@example.org'],
    duplicates: chance.isTrue(0.5) ? { restrict: 'target', after: 'connected', days: null } : null,
    hedgeAfterMs: chance.isTrue(0.4) ? chance.integer(1, 8) * 1_000 : null,
    recovery: chance.isTrue(0.5)
      ? { withinMs: chance.integer(3, 20) * 1_000, maxAttempts: chance.integer(1, 5) }
      : null,
  };
}

export function marketOf(chance: Chance): FixtureOptions {
  const targets = Array.from({ length: TARGETS }, (_, index) => targetOf(chance, index));
  const campaigns = Array.from({ length: CAMPAIGNS }, (_, index) => campaignOf(chance, index, targets));
  const [source] = documentOf({}).sources;
  if (source === undefined) throw new Error('the fixture has no source');
  const dids = campaigns.map(({ id }, index) => ({
    id: `did-${index}`,
    number: numberOf(index),
    campaignId: id,
    sourceId: 'source',
    isActive: true,
    pause: null,
    tags: index % 2 === 0 ? { skill: 'roof' } : {},
    fax: null,
  }));
  const sources = [{ ...source, payoutAfterMs: 20_000 }];
  const bidders = targets.flatMap(({ pricing }) => {
    if (pricing.kind !== 'bid') return [];
    const dialect = { ...ANY_BIDDER.dialect, post: chance.isTrue(0.5) ? ANY_BIDDER.dialect.ping : null };
    return [{ ...ANY_BIDDER, id: pricing.bidderId, name: pricing.bidderId, dialect }];
  });
  const plans = campaigns.flatMap(({ planId }) => (planId === null ? [] : [drawnPlan(chance, planId, targets)]));
  const all = [...plans, drawnTeam(chance, TEAM, targets)];
  return { targets, bidders, document: { campaigns, dids, sources, plans: all } };
}

const NO_BIDS = ['refused', 'connection', 'http-status', 'not-json', 'absurd-price', 'circuit-open'] as const;

/** Null never answers. */
export function pingScriptOf(chance: Chance): PingScript | null {
  if (chance.isTrue(0.08)) return null;
  const latencyMs = chance.isTrue(0.1) ? chance.integer(1_500, 4_000) : chance.integer(5, 600);
  if (chance.isTrue(0.25)) {
    const reason = chance.pick(NO_BIDS);
    return { afterMs: latencyMs, outcome: { kind: 'no-bid', reason, detail: 'simulated', latencyMs } };
  }
  const outcome: PingOutcome = {
    kind: 'bid',
    amountMicros: chance.integer(1, 50) * MICROS,
    destination: chance.isTrue(0.3) ? { kind: 'sip', uri: 'sip:bidden@127.0.0.1' } : null,
    reference: chance.isTrue(0.5) ? 'reference' : null,
    billAfterMs: chance.isTrue(0.3) ? chance.integer(0, 60) * 1_000 : null,
    lifetimeMs: chance.integer(1, 60) * 1_000,
    latencyMs,
  };
  return { afterMs: latencyMs, outcome };
}

export function postOutcomeOf(chance: Chance): PostOutcome {
  if (chance.isTrue(0.3)) return { kind: 'not-accepted', reason: 'refused', detail: 'simulated', latencyMs: 20 };
  const amountMicros = chance.isTrue(0.2) ? chance.integer(1, 50) * MICROS : null;
  return { kind: 'accepted', destination: null, amountMicros, billAfterMs: null, latencyMs: 20 };
}

export function dialScriptOf(chance: Chance): DialScript {
  if (chance.isTrue(0.1)) return { kind: 'hang' };
  const afterMs = chance.integer(0, 12_000);
  if (chance.isTrue(0.75)) return { kind: 'answer', afterMs };
  const [sipStatus, cause] = chance.pick([
    [486, 'USER_BUSY'],
    [503, 'NORMAL_TEMPORARY_FAILURE'],
    [404, 'UNALLOCATED_NUMBER'],
    [603, 'CALL_REJECTED'],
  ] as const);
  return { kind: 'fail', afterMs, sipStatus, cause };
}
