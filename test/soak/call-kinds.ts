/**
 * The kinds of calls that the soak test mixes: what the campaign is, what the caller and the buyer do, and how the record must read
 * afterwards. A kind is data; callers and buyers carry it out.
 */
import type { CallOutcome } from '../../src/domain/calls/call.js';
import type { ReleaseParty } from '../../src/domain/calls/release.js';
import type { CampaignPlan, TargetPlan } from '../e2e/campaign-builder.js';

/** Not the 440 Hz of the other tests: a buyer hears 440 Hz in the ringback before he is bridged. */
export const SOAK_CALLER_HZ = 1_150;

/** Stands in the user part of a buyer's SIP URI. */
export type BuyerManner = 'answers' | 'hangs-up' | 'busy' | 'unavailable' | 'silent' | 'no-sdp' | 'answers-the-cancel';

/** What ends the call from the caller's side. */
export type CallerEnd =
  | { readonly kind: 'talks'; readonly forMs: number }
  | { readonly kind: 'stays' }
  | { readonly kind: 'hangs-up'; readonly afterAnswerMs: number }
  | { readonly kind: 'hangs-up-when-it-rings' }
  | { readonly kind: 'cancels' }
  | { readonly kind: 'never-acknowledges' }
  | { readonly kind: 'gives-up' };

export interface CallKind {
  readonly name: string;
  readonly campaign: keyof typeof CAMPAIGNS | 'none';
  readonly end: CallerEnd;
  readonly transport?: 'tcp';
  readonly isStranger?: boolean;
  readonly isDelayedOffer?: boolean;
  readonly isSilent?: boolean;
  /** While talking. */
  readonly does?: 'hold' | 'dtmf';
  /** Outcomes that the record may show; empty when there must be no record. */
  readonly outcomes: readonly CallOutcome[];
  readonly by?: ReleaseParty;
}

const BUYER_PRICE = 42;
/** For buyers who are not meant to answer in time. */
const SHORT_RING_MS = 1_000;

type Uris = (manner: BuyerManner) => string;
interface Addresses {
  readonly buyer: Uris;
  readonly generousBidder: string;
  readonly refusingBidder: string;
  readonly slowBidder: string;
}
type PlanOf = (at: Addresses) => CampaignPlan;

const MESSAGE = [{ kind: 'message', promptId: 'sorry-message' }] as const;
const VOICEMAIL = [{ kind: 'voicemail', greetingPromptId: 'voicemail-greeting', limitMs: 1_500 }] as const;

const answering = (at: Addresses): TargetPlan => ({ id: 'second', uri: at.buyer('answers'), price: 20 });
const first = (at: Addresses, manner: BuyerManner, ringTimeoutMs = 20_000): TargetPlan => ({
  id: 'first',
  uri: at.buyer(manner),
  price: BUYER_PRICE,
  ringTimeoutMs,
});

/** Each campaign has one DID; its place in this table is the DID's index. */
export const CAMPAIGNS = {
  bid: (at) => ({ targets: [{ id: 'first', uri: at.buyer('answers'), bidderUrl: at.generousBidder }] }),
  static: (at) => ({ targets: [answering(at)] }),
  recorded: (at) => ({ targets: [answering(at)], changes: { recording: 'from-answer' } }),
  greeted: (at) => ({ targets: [answering(at)], changes: { greetingPromptId: 'long-greeting' } }),
  patient: (at) => ({ targets: [first(at, 'silent')] }),
  leaving: (at) => ({ targets: [first(at, 'hangs-up')] }),
  busy: (at) => ({ targets: [first(at, 'busy'), answering(at)] }),
  unavailable: (at) => ({ targets: [first(at, 'unavailable'), answering(at)] }),
  silent: (at) => ({ targets: [first(at, 'silent', SHORT_RING_MS)], changes: { fallback: [...MESSAGE] } }),
  late: (at) => ({ targets: [first(at, 'answers-the-cancel', SHORT_RING_MS)], changes: { fallback: [...MESSAGE] } }),
  dumb: (at) => ({ targets: [first(at, 'no-sdp'), answering(at)] }),
  voicemail: (at) => ({
    targets: [{ id: 'first', uri: at.buyer('answers'), bidderUrl: at.refusingBidder }],
    changes: { fallback: [...VOICEMAIL] },
  }),
  message: () => ({ targets: [], changes: { fallback: [...MESSAGE] } }),
  slow: (at) => ({ targets: [{ id: 'first', uri: at.buyer('answers'), bidderUrl: at.slowBidder }] }),
} satisfies Record<string, PlanOf>;

export const CAMPAIGN_NAMES = Object.keys(CAMPAIGNS) as readonly (keyof typeof CAMPAIGNS)[];

export function campaignPlans(at: Addresses): CampaignPlan[] {
  return CAMPAIGN_NAMES.map((name) => CAMPAIGNS[name](at));
}

const TALKS = { kind: 'talks', forMs: 900 } as const;
const STAYS = { kind: 'stays' } as const;

export const CALL_KINDS: readonly CallKind[] = [
  { name: 'bid, bridged, caller hangs up', campaign: 'bid', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'static price, bridged', campaign: 'static', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'recorded from the answer', campaign: 'recorded', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'buyer hangs up, ending message', campaign: 'leaving', end: STAYS, outcomes: ['sold'], by: 'buyer' },
  { name: 'buyer busy, next buyer', campaign: 'busy', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'buyer unavailable, next buyer', campaign: 'unavailable', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'buyer never answers, message', campaign: 'silent', end: STAYS, outcomes: ['message'] },
  { name: 'buyer answers the CANCEL, message', campaign: 'late', end: STAYS, outcomes: ['message'] },
  { name: 'buyer answers without SDP, next buyer', campaign: 'dumb', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'nobody bids, voicemail', campaign: 'voicemail', end: STAYS, outcomes: ['voicemail'] },
  { name: 'no buyer, message', campaign: 'message', end: STAYS, outcomes: ['message'] },
  {
    name: 'cancelled at once',
    campaign: 'static',
    end: { kind: 'cancels' },
    outcomes: ['cancelled', 'abandoned'],
    by: 'caller',
  },
  {
    name: 'hang-up in the greeting',
    campaign: 'greeted',
    end: { kind: 'hangs-up', afterAnswerMs: 400 },
    outcomes: ['abandoned'],
    by: 'caller',
  },
  {
    name: 'hang-up while pinging',
    campaign: 'slow',
    end: { kind: 'hangs-up', afterAnswerMs: 1_500 },
    outcomes: ['abandoned'],
    by: 'caller',
  },
  {
    name: 'hang-up while it rings',
    campaign: 'patient',
    end: { kind: 'hangs-up-when-it-rings' },
    outcomes: ['abandoned'],
    by: 'caller',
  },
  { name: 'unknown DID', campaign: 'none', end: STAYS, outcomes: ['refused'], by: 'system' },
  { name: 'unknown source', campaign: 'static', isStranger: true, end: { kind: 'gives-up' }, outcomes: [] },
  { name: 'delayed offer', campaign: 'static', isDelayedOffer: true, end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'keys pressed', campaign: 'static', does: 'dtmf', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'hold and back', campaign: 'static', does: 'hold', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'caller over TCP', campaign: 'bid', transport: 'tcp', end: TALKS, outcomes: ['sold'], by: 'caller' },
  { name: 'TCP, buyer hangs up', campaign: 'leaving', transport: 'tcp', end: STAYS, outcomes: ['sold'], by: 'buyer' },
  { name: 'no audio from the caller', campaign: 'message', isSilent: true, end: STAYS, outcomes: ['message'] },
  {
    name: 'no audio from the caller, bridged',
    campaign: 'static',
    isSilent: true,
    end: STAYS,
    outcomes: ['sold', 'connected-unbilled'],
  },
  { name: 'no ACK', campaign: 'static', end: { kind: 'never-acknowledges' }, outcomes: ['abandoned', 'cancelled'] },
];

/** A seeded order of `count` calls: every kind once before any comes again. `only` leaves the kinds whose names contain it. */
export function mixOf(count: number, seed: number, only = ''): CallKind[] {
  const kinds = CALL_KINDS.filter(({ name }) => name.includes(only));
  if (kinds.length === 0) throw new Error(`no kind of call is named like "${only}"`);
  const random = mulberry32(seed);
  const mix: CallKind[] = [];
  while (mix.length < count) {
    const deck = [...kinds];
    while (deck.length > 0) mix.push(...deck.splice(Math.floor(random() * deck.length), 1));
  }
  return mix.slice(0, count);
}

/** A small generator that gives the same numbers for the same seed, each in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
