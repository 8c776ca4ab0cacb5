/** The configuration of the application tests: one campaign of static and bidding targets; a test changes what its sentence is about. */
import type { SpeechInput } from '../../src/application/ports/speech-input.js';
import type { Bidder } from '../../src/domain/bidding/bidder.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { Campaign } from '../../src/domain/campaigns/campaign.js';
import type { ConfigurationDocument } from '../../src/domain/campaigns/configuration.js';
import type { PingTerms, Source } from '../../src/domain/campaigns/source.js';
import type { E164 } from '../../src/domain/trunks/phone-number.js';
import { composeTrunk } from '../../src/domain/trunks/trunk-profile.js';

export const DID = '+12025550100' as E164;

export const ANY_BIDDER: Bidder = {
  id: 'bidder',
  name: 'Bidder',
  isActive: true,
  dialect: {
    ping: { method: 'POST', url: 'http://127.0.0.1/ping', headers: {}, encoding: 'json', fields: {} },
    pingResponse: {
      accept: [],
      pricePath: 'bid',
      destinationPath: null,
      destinationCountry: null,
      referencePath: null,
      billAfterSecondsPath: null,
      expiresInSecondsPath: null,
      reasonPath: null,
      refusalStatuses: [],
    },
    post: null,
    postResponse: null,
  },
  pingTimeoutMs: 2_000,
  postTimeoutMs: 2_000,
  maximumBidMicros: null,
  bidLifetimeMs: 60_000,
  maxPingsPerMinute: null,
  allowsShadowPings: false,
};

export function staticTarget(id: string, units: number, changes: Partial<Target> = {}): Target {
  return {
    id,
    buyerId: `buyer-${id}`,
    name: id,
    isActive: true,
    pause: null,
    pricing: { kind: 'static', amountMicros: units * 1_000_000 },
    destination: { kind: 'sip', uri: `sip:${id}@127.0.0.1:5070` },
    trunkId: null,
    priority: 1,
    weight: 1,
    schedule: null,
    maxCalls: null,
    caps: [],
    duplicates: null,
    ringTimeoutMs: 25_000,
    billAfterMs: 0,
    condition: null,
    whisperPromptId: null,
    acceptKey: null,
    maxEarlierConnections: null,
    skills: [],
    ...changes,
  };
}

export function biddingTarget(id: string, changes: Partial<Target> = {}): Target {
  return staticTarget(id, 0, { pricing: { kind: 'bid', bidderId: `bidder-${id}`, minimumMicros: 0 }, ...changes });
}

export interface FixtureOptions {
  readonly targets?: readonly Target[];
  readonly bidders?: readonly Bidder[];
  readonly campaign?: Partial<Campaign>;
  readonly document?: Partial<ConfigurationDocument>;
  /** Absent: nothing listens to callers. */
  readonly speech?: SpeechInput;
}

export const CAMPAIGN: Campaign = {
  id: 'campaign',
  name: 'Plumbing',
  isActive: true,
  pause: null,
  currency: 'USD',
  schedule: null,
  targetIds: [],
  planId: null,
  consentPromptId: null,
  greetingPromptId: 'greeting',
  holdMusicPromptId: 'music',
  endingPromptId: 'ending',
  apologyPromptId: null,
  recording: 'from-bridge',
  recordingKeys: null,
  agents: null,
  auctionDeadlineMs: 3_000,
  minimumBidMicros: 0,
  maxHoldMs: 60_000,
  hedgeAfterMs: null,
  recovery: null,
  holdPrompt: null,
  voicemailWebhook: null,
  voicemailMail: [],
  blockedCallers: [],
  flowId: null,
  fallback: [],
  maxCalls: null,
  caps: [],
  duplicates: null,
  sameBuyer: { mode: 'normal', days: 30 },
  anonymousCallers: 'accept',
  callerGapMs: 0,
  automaticBlock: null,
  payoutOnceDays: 0,
};

const SOURCE: Source = {
  id: 'source',
  name: 'Publisher',
  isActive: true,
  pause: null,
  tags: {},
  allowsRecording: true,
  payout: { kind: 'share', basisPoints: 7_000 },
  payoutAfterMs: 0,
  maxCalls: null,
  caps: [],
  schedule: null,
  pings: null,
};

/** The source of the fixture as one that pings, and must. */
export function pingingSource(terms: Partial<PingTerms> = {}, changes: Partial<Source> = {}): Source {
  const common = { isRequired: true, allowsUnknownCaller: false, lifetimeMs: 60_000, tags: ['zip', 'service'] };
  return { ...SOURCE, pings: { ...common, sipHost: null, ...terms }, ...changes };
}

export function documentOf(options: FixtureOptions): ConfigurationDocument {
  const targets = options.targets ?? [staticTarget('alpha', 30)];
  const bidding = targets.flatMap((target) => (target.pricing.kind === 'bid' ? [target.pricing.bidderId] : []));
  return {
    trunks: [
      composeTrunk({
        id: 'trunk',
        name: 'Carrier',
        isActive: true,
        sourceCidrs: ['192.0.2.0/24'],
        gateways: [{ host: '127.0.0.1', port: 5080, transport: 'udp', priority: 1, weight: 1 }],
        defaultCountry: 'US',
        credentials: null,
        callerId: { kind: 'own', number: DID },
        maxInboundCalls: null,
        maxOutboundCalls: null,
      }),
    ],
    dids: [
      {
        id: 'did',
        number: DID,
        campaignId: 'campaign',
        sourceId: 'source',
        isActive: true,
        pause: null,
        tags: {},
        fax: null,
      },
    ],
    sources: [SOURCE],
    campaigns: [{ ...CAMPAIGN, targetIds: targets.map((target) => target.id), ...options.campaign }],
    buyers: targets.map((target) => ({
      id: target.buyerId,
      name: target.buyerId,
      isActive: true,
      pause: null,
      maxCalls: null,
      caps: [],
      duplicates: null,
      blockedCallers: [],
    })),
    targets,
    bidders: options.bidders ?? bidding.map((id) => ({ ...ANY_BIDDER, id, name: id })),
    prompts: ['greeting', 'music', 'ending', 'apology', 'voicemail'].map((id) => ({
      id,
      kind: 'file',
      path: `/${id}.wav`,
    })),
    plans: [],
    flows: [],
    calendars: [],
    agents: [],
    ...options.document,
  };
}
