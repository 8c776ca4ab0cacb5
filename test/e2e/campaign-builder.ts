/**
 * Builds the configuration of the end-to-end tests: one campaign with a DID of its own per test, so that tests do not meet. A test
 * says what its sentence is about and leaves the rest.
 */

import type { Bidder } from '../../src/domain/bidding/bidder.js';
import type { Agent } from '../../src/domain/campaigns/agent.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { Campaign } from '../../src/domain/campaigns/campaign.js';
import type { ConfigurationDocument } from '../../src/domain/campaigns/configuration.js';
import type { Did } from '../../src/domain/campaigns/did.js';
import type { PingTerms, Source } from '../../src/domain/campaigns/source.js';
import type { Flow } from '../../src/domain/flows/flow.js';
import type { Plan, Strategy } from '../../src/domain/plans/plan.js';
import type { Prompt } from '../../src/domain/prompts/prompt.js';
import type { Calendar } from '../../src/domain/routing/calendar.js';
import type { E164 } from '../../src/domain/trunks/phone-number.js';
import type { Trunk } from '../../src/domain/trunks/trunk.js';
import { composeTrunk, type TrunkFields } from '../../src/domain/trunks/trunk-profile.js';

/** Where calls of the tests come from. */
const TRUNK_CIDR = '127.0.0.1/32';
/** Whose SIP the embedded switch answers: the trunk, and strangers whom only the app knows for such. */
export const ANSWERED_CIDR = '127.0.0.0/28';
export const STRANGER = '127.0.0.9';
/** Of whom the switch takes no notice at all. */
export const OUTSIDER = '127.0.0.99';

export interface TargetPlan {
  readonly id: string;
  /** SIP URI of the buyer's phone. */
  readonly uri: string;
  /** A static price in whole units; a target with a bidder bids. */
  readonly price?: number;
  readonly bidderUrl?: string;
  /** What its ping says besides the call's id. */
  readonly bidderFields?: Readonly<Record<string, string>>;
  /** A bidder of the test's own, in place of one at `bidderUrl`. Its id becomes the target's. */
  readonly bidder?: Omit<Bidder, 'id'>;
  readonly ringTimeoutMs?: number;
  readonly maxCalls?: number;
  readonly changes?: Partial<Target>;
  /** Dials a number through a trunk of these gateways in place of the URI. */
  readonly through?: Omit<TrunkFields, 'id'>;
}

export interface CampaignPlan {
  readonly targets: readonly TargetPlan[];
  readonly changes?: Partial<Campaign>;
  /** The campaign has a plan of one group, in which all its targets are. */
  readonly strategy?: Strategy;
  /** Agents whom the campaign may name. */
  readonly agents?: readonly Agent[];
  /** The campaign has a source of its own, which pings on these terms. */
  readonly pings?: PingTerms;
  /** The number is a fax line. */
  readonly fax?: Did['fax'];
  readonly flow?: Flow;
  /** The plan of a queue in the flow. */
  readonly team?: Plan;
  /** Of the hours of campaign, targets and team. */
  readonly calendars?: readonly Calendar[];
  /** Besides the tones. */
  readonly prompts?: readonly Prompt[];
}

/** What is dialled through the trunk of a target. */
export const DIALLED = '+12025550999' as E164;

const MICROS = 1_000_000;

const TRUNK: Trunk = composeTrunk({ id: 'loopback', name: 'Loopback', sourceCidrs: [TRUNK_CIDR] });

/** Each number is a DID of one test, in the range that is kept free for fiction. */
export function didOf(index: number): E164 {
  return `+1202555${String(100 + index).padStart(4, '0')}` as E164;
}

function bidderOf(id: string, url: string, fields: TargetPlan['bidderFields'] = {}): Bidder {
  return {
    id,
    name: id,
    isActive: true,
    dialect: {
      ping: { method: 'POST', url, headers: {}, encoding: 'json', fields: { call_id: '{{call_id}}', ...fields } },
      pingResponse: {
        accept: [{ path: 'accepted', operator: 'equals', value: true }],
        pricePath: 'bid',
        destinationPath: null,
        destinationCountry: null,
        referencePath: null,
        billAfterSecondsPath: null,
        expiresInSecondsPath: 'expires_in_seconds',
        reasonPath: null,
        refusalStatuses: [],
      },
      post: null,
      postResponse: null,
    },
    pingTimeoutMs: 5_000,
    postTimeoutMs: 2_000,
    maximumBidMicros: null,
    bidLifetimeMs: 60_000,
    maxPingsPerMinute: null,
    allowsShadowPings: false,
  };
}

function targetOf(prefix: string, plan: TargetPlan): Target {
  const { bidderUrl, bidder, price = 30, through } = plan;
  return {
    id: `${prefix}-${plan.id}`,
    buyerId: `${prefix}-${plan.id}`,
    name: plan.id,
    isActive: true,
    pause: null,
    pricing:
      bidderUrl === undefined && bidder === undefined
        ? { kind: 'static', amountMicros: price * MICROS }
        : { kind: 'bid', bidderId: `${prefix}-${plan.id}`, minimumMicros: 0 },
    destination: through === undefined ? { kind: 'sip', uri: plan.uri } : { kind: 'number', number: DIALLED },
    trunkId: through === undefined ? null : `${prefix}-${plan.id}`,
    priority: 1,
    weight: 1,
    schedule: null,
    maxCalls: plan.maxCalls ?? null,
    caps: [],
    duplicates: null,
    ringTimeoutMs: plan.ringTimeoutMs ?? 20_000,
    billAfterMs: 500,
    condition: null,
    whisperPromptId: null,
    acceptKey: null,
    maxEarlierConnections: null,
    skills: [],
    ...plan.changes,
  };
}

function campaignOf(prefix: string, plan: CampaignPlan): Campaign {
  return {
    id: prefix,
    name: prefix,
    isActive: true,
    pause: null,
    currency: 'USD',
    schedule: null,
    targetIds: plan.targets.map(({ id }) => `${prefix}-${id}`),
    planId: plan.strategy === undefined ? null : prefix,
    consentPromptId: null,
    greetingPromptId: 'short-greeting',
    holdMusicPromptId: 'hold-music',
    endingPromptId: 'ending-message',
    apologyPromptId: 'sorry-message',
    recording: 'from-bridge',
    recordingKeys: null,
    agents: null,
    auctionDeadlineMs: 6_000,
    minimumBidMicros: 0,
    maxHoldMs: 60_000,
    hedgeAfterMs: null,
    recovery: null,
    holdPrompt: null,
    voicemailWebhook: null,
    voicemailMail: [],
    blockedCallers: [],
    flowId: plan.flow?.id ?? null,
    fallback: [{ kind: 'message', promptId: 'sorry-message' }],
    maxCalls: null,
    caps: [],
    duplicates: null,
    sameBuyer: { mode: 'normal', days: 30 },
    anonymousCallers: 'accept',
    callerGapMs: 0,
    automaticBlock: null,
    payoutOnceDays: 0,
    ...plan.changes,
  };
}

const PUBLISHER: Source = {
  id: 'publisher',
  name: 'Publisher',
  isActive: true,
  pause: null,
  tags: {},
  allowsRecording: true,
  payout: { kind: 'share', basisPoints: 7_000 },
  payoutAfterMs: 500,
  maxCalls: null,
  caps: [],
  schedule: null,
  pings: null,
};

/** The source of a campaign whose source pings. */
function publisherOf(prefix: string): string {
  return `${prefix}-publisher`;
}

function planOf(prefix: string, { targets }: CampaignPlan, strategy: Strategy): Plan {
  const open = { priority: null, weight: null, condition: null } as const;
  const group = {
    kind: 'group',
    id: 'all',
    name: 'all',
    isActive: true,
    schedule: null,
    maxCalls: null,
    caps: [],
  } as const;
  const members = targets.map(({ id }) => ({ kind: 'target' as const, targetId: `${prefix}-${id}`, ...open }));
  return { id: prefix, name: prefix, version: 1, root: { ...group, ...open, hedgeAfterMs: null, strategy, members } };
}

/** The plans' DIDs are didOf(0), didOf(1), ... in their order. */
export function buildConfiguration(plans: readonly CampaignPlan[], prompts: readonly Prompt[]): ConfigurationDocument {
  const named = plans.map((plan, index) => ({ plan, prefix: `campaign-${index}` }));
  const targets = named.flatMap(({ plan, prefix }) => plan.targets.map((target) => targetOf(prefix, target)));
  return {
    trunks: [
      TRUNK,
      ...named.flatMap(({ plan, prefix }) =>
        plan.targets.flatMap(({ id, through }) =>
          through === undefined ? [] : [composeTrunk({ sourceCidrs: [], ...through, id: `${prefix}-${id}` })],
        ),
      ),
    ],
    dids: named.map(({ plan, prefix }, index) => ({
      id: `did-${index}`,
      number: didOf(index),
      campaignId: prefix,
      sourceId: plan.pings === undefined ? 'publisher' : publisherOf(prefix),
      isActive: true,
      pause: null,
      tags: {},
      fax: plan.fax ?? null,
    })),
    sources: [
      PUBLISHER,
      ...named.flatMap(({ plan: { pings }, prefix }) =>
        pings === undefined ? [] : [{ ...PUBLISHER, id: publisherOf(prefix), pings }],
      ),
    ],
    campaigns: named.map(({ plan, prefix }) => campaignOf(prefix, plan)),
    buyers: targets.map(({ id }) => ({
      id,
      name: id,
      isActive: true,
      pause: null,
      maxCalls: null,
      caps: [],
      duplicates: null,
      blockedCallers: [],
    })),
    targets,
    bidders: named.flatMap(({ plan, prefix }) =>
      plan.targets.flatMap(({ id, bidder, bidderUrl, bidderFields }): Bidder[] => {
        if (bidder !== undefined) return [{ ...bidder, id: `${prefix}-${id}` }];
        return bidderUrl === undefined ? [] : [bidderOf(`${prefix}-${id}`, bidderUrl, bidderFields)];
      }),
    ),
    prompts: [...prompts, ...plans.flatMap((plan) => plan.prompts ?? [])],
    plans: named.flatMap(({ plan, prefix }) => [
      ...(plan.strategy === undefined ? [] : [planOf(prefix, plan, plan.strategy)]),
      ...(plan.team === undefined ? [] : [plan.team]),
    ]),
    flows: named.flatMap(({ plan }) => (plan.flow === undefined ? [] : [plan.flow])),
    calendars: plans.flatMap(({ calendars = [] }) => calendars),
    agents: plans.flatMap(({ agents = [] }) => agents),
  };
}
