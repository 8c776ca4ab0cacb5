/** The tables of the configuration (migration 000001). */

import type { Bidder } from '../../domain/bidding/bidder.js';
import type { Agent } from '../../domain/campaigns/agent.js';
import type { Buyer, Target } from '../../domain/campaigns/buyer.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { Did } from '../../domain/campaigns/did.js';
import type { Source } from '../../domain/campaigns/source.js';
import type { Flow } from '../../domain/flows/flow.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import type { Calendar } from '../../domain/routing/calendar.js';
import type { Trunk, TrunkIdentity, TrunkSettings } from '../../domain/trunks/trunk.js';
import { composeTrunk, identityOf, ownSettings } from '../../domain/trunks/trunk-profile.js';
import { mapRows } from './row-map.js';

/** The settings of migration 000001 have columns of their own; those that came later travel as JSON. */
type ColumnSetting = 'sourceCidrs' | 'gateways' | 'callerId';

interface TrunkRow extends TrunkIdentity, Pick<Trunk, ColumnSetting | 'profile' | 'overrides'> {
  readonly settings: Partial<Omit<TrunkSettings, ColumnSetting>>;
}

export const TRUNKS = mapRows<TrunkRow>('trunks', {
  id: 'plain',
  name: 'plain',
  isActive: 'boolean',
  sourceCidrs: 'json',
  gateways: 'json',
  defaultCountry: 'plain',
  credentials: 'json',
  callerId: 'json',
  maxInboundCalls: 'plain',
  maxOutboundCalls: 'plain',
  profile: 'plain',
  overrides: 'json',
  settings: 'json',
});

export function rowOfTrunk(trunk: Trunk): TrunkRow {
  const { sourceCidrs, gateways, callerId, profile, overrides } = trunk;
  const { sourceCidrs: _cidrs, gateways: _gateways, callerId: _callerId, ...settings } = ownSettings(trunk);
  return { ...identityOf(trunk), sourceCidrs, gateways, callerId, profile, overrides, settings };
}

/** What the profile decides is not taken from the row: it may have been written by an earlier version. */
export function trunkOfRow(row: TrunkRow): Trunk {
  const { sourceCidrs, gateways, callerId, settings, profile } = row;
  const stored = { sourceCidrs, gateways, callerId, ...settings };
  const own = Object.fromEntries(Object.entries(stored).filter(([name]) => row.overrides.some((set) => set === name)));
  return composeTrunk({ ...identityOf(row), ...own, profile });
}

export const DIDS = mapRows<Did>('dids', {
  id: 'plain',
  number: 'plain',
  campaignId: 'plain',
  sourceId: 'plain',
  isActive: 'boolean',
  pause: 'json',
  tags: 'json',
  fax: 'json',
});

export const SOURCES = mapRows<Source>('sources', {
  id: 'plain',
  name: 'plain',
  isActive: 'boolean',
  pause: 'json',
  tags: 'json',
  allowsRecording: 'boolean',
  payout: 'json',
  payoutAfterMs: 'ms',
  maxCalls: 'plain',
  caps: 'json',
  schedule: 'json',
  pings: 'json',
});

export const CALENDARS = mapRows<Calendar>('calendars', {
  id: 'plain',
  name: 'plain',
  days: 'json',
});

export const CAMPAIGNS = mapRows<Campaign>('campaigns', {
  id: 'plain',
  name: 'plain',
  isActive: 'boolean',
  pause: 'json',
  currency: 'plain',
  schedule: 'json',
  targetIds: 'json',
  planId: 'plain',
  consentPromptId: 'plain',
  consent: 'json',
  greetingPromptId: 'plain',
  holdMusicPromptId: 'plain',
  endingPromptId: 'plain',
  apologyPromptId: 'plain',
  recording: 'plain',
  recordingKeys: 'plain',
  agents: 'json',
  auctionDeadlineMs: 'ms',
  minimumBidMicros: 'plain',
  maxHoldMs: 'ms',
  hedgeAfterMs: 'plain',
  holdPrompt: 'json',
  recovery: 'json',
  voicemailWebhook: 'json',
  voicemailMail: 'json',
  blockedCallers: 'json',
  fallback: 'json',
  whenClosed: 'json',
  maxCalls: 'plain',
  caps: 'json',
  duplicates: 'json',
  anonymousCallers: 'plain',
  callerGapMs: 'ms',
  automaticBlock: 'json',
  sameBuyer: 'json',
  payoutOnceDays: 'plain',
  flowId: 'plain',
});

export const BUYERS = mapRows<Buyer>('buyers', {
  concurrency: 'json',
  id: 'plain',
  name: 'plain',
  isActive: 'boolean',
  pause: 'json',
  maxCalls: 'plain',
  caps: 'json',
  duplicates: 'json',
  blockedCallers: 'json',
});

export const TARGETS = mapRows<Target>('targets', {
  id: 'plain',
  buyerId: 'plain',
  name: 'plain',
  isActive: 'boolean',
  pause: 'json',
  pricing: 'json',
  destination: 'json',
  trunkId: 'plain',
  priority: 'plain',
  weight: 'plain',
  schedule: 'json',
  condition: 'json',
  maxCalls: 'plain',
  concurrency: 'json',
  caps: 'json',
  duplicates: 'json',
  ringTimeoutMs: 'ms',
  billAfterMs: 'ms',
  whisperPromptId: 'plain',
  acceptKey: 'json',
  maxEarlierConnections: 'plain',
  voicemail: 'json',
  skills: 'json',
});

export const BIDDERS = mapRows<Bidder>('bidders', {
  id: 'plain',
  name: 'plain',
  isActive: 'boolean',
  dialect: 'json',
  pingTimeoutMs: 'ms',
  postTimeoutMs: 'ms',
  maximumBidMicros: 'plain',
  maxPingsPerMinute: 'plain',
  bidLifetimeMs: 'ms',
  allowsShadowPings: 'boolean',
  reuseAnswers: 'boolean',
});

export const FLOWS = mapRows<Flow>('flows', {
  id: 'plain',
  name: 'plain',
  start: 'plain',
  nodes: 'json',
});

export const AGENTS = mapRows<Agent>('agents', {
  id: 'plain',
  name: 'plain',
  isActive: 'boolean',
  destination: 'json',
  trunkId: 'plain',
  skills: 'json',
  pause: 'json',
  ringTimeoutMs: 'ms',
});

interface PromptRow {
  readonly id: string;
  readonly kind: Prompt['kind'];
  readonly text: string | null;
  readonly voice: string | null;
  readonly path: string | null;
  readonly plays: number;
}

export const PROMPTS = mapRows<PromptRow>('prompts', {
  id: 'plain',
  kind: 'plain',
  text: 'plain',
  voice: 'plain',
  path: 'plain',
  plays: 'plain',
});

export function rowOfPrompt(prompt: Prompt): PromptRow {
  const { id, kind, plays = 1 } = prompt;
  return prompt.kind === 'text'
    ? { id, kind, text: prompt.text, voice: prompt.voice, path: null, plays }
    : { id, kind, text: null, voice: null, path: prompt.path, plays };
}

export function promptOfRow({ id, kind, text, voice, path, plays }: PromptRow): Prompt {
  const often = plays === 1 ? {} : { plays };
  return kind === 'text'
    ? { id, kind, text: text ?? '', voice: voice ?? '', ...often }
    : { id, kind, path: path ?? '', ...often };
}
