/**
 * The demonstration's campaign: one DID, one source, four buyers. Two bid over HTTP, one has a static price, one is
 * closed. Everything lies on loopback.
 */
import type { Bidder } from '../../domain/bidding/bidder.js';
import type { Target } from '../../domain/campaigns/buyer.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { ConfigurationDocument } from '../../domain/campaigns/configuration.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import type { E164 } from '../../domain/trunks/phone-number.js';
import { composeTrunk } from '../../domain/trunks/trunk-profile.js';

export const DEMO_DID = '+12025550100' as E164;

export interface DemoAddresses {
  readonly quickBidderUrl: string;
  readonly highBidderUrl: string;
  /** SIP URIs of the buyers' phones. */
  readonly phones: { readonly quick: string; readonly high: string; readonly steady: string; readonly closed: string };
}

const TARGET_DEFAULTS = {
  isActive: true,
  pause: null,
  trunkId: null,
  priority: 1,
  weight: 1,
  schedule: null,
  maxCalls: null,
  caps: [],
  duplicates: null,
  ringTimeoutMs: 25_000,
  billAfterMs: 2_000,
  condition: null,
  whisperPromptId: null,
  acceptKey: null,
  maxEarlierConnections: null,
  skills: [],
} as const;

function bidder(id: string, name: string, url: string): Bidder {
  return {
    id,
    name,
    isActive: true,
    dialect: {
      ping: {
        method: 'POST',
        url,
        headers: {},
        encoding: 'json',
        fields: { call_id: '{{call_id}}', caller_area: '{{caller_area}}', campaign: '{{campaign}}' },
      },
      pingResponse: {
        accept: [{ path: 'accepted', operator: 'equals', value: true }],
        pricePath: 'bid',
        destinationPath: null,
        destinationCountry: null,
        referencePath: null,
        billAfterSecondsPath: null,
        expiresInSecondsPath: 'expires_in',
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
}

function targetsOf({ phones }: DemoAddresses): readonly Target[] {
  const sip = (uri: string): Target['destination'] => ({ kind: 'sip', uri });
  const live = (bidderId: string): Target['pricing'] => ({ kind: 'bid', bidderId, minimumMicros: 20_000_000 });
  return [
    {
      ...TARGET_DEFAULTS,
      id: 'budget-pipes',
      buyerId: 'budget',
      name: 'Budget Pipes',
      pricing: live('budget-rtb'),
      destination: sip(phones.quick),
    },
    {
      ...TARGET_DEFAULTS,
      id: 'acme-plumbing',
      buyerId: 'acme',
      name: 'Acme Plumbing',
      pricing: live('acme-rtb'),
      destination: sip(phones.high),
    },
    {
      ...TARGET_DEFAULTS,
      id: 'steady-drains',
      buyerId: 'steady',
      name: 'Steady Drains',
      pricing: { kind: 'static', amountMicros: 30_000_000 },
      destination: sip(phones.steady),
    },
    {
      ...TARGET_DEFAULTS,
      id: 'night-owl',
      buyerId: 'owl',
      name: 'Night Owl',
      pricing: { kind: 'static', amountMicros: 60_000_000 },
      destination: sip(phones.closed),
      // No range at all: this buyer is never open, so the trace shows what a closed one looks like.
      schedule: { timeZone: 'America/New_York', ranges: [] },
    },
  ];
}

const PROMPTS: readonly Prompt[] = [
  { id: 'demo-consent', kind: 'text', voice: 'slt', text: 'This call may be recorded.' },
  {
    id: 'demo-greeting',
    kind: 'text',
    voice: 'slt',
    text: 'Thank you for calling. Please hold while we find a plumber for you.',
  },
  { id: 'demo-ending', kind: 'text', voice: 'slt', text: 'Thank you for your call. Goodbye.' },
  {
    id: 'demo-apology',
    kind: 'text',
    voice: 'slt',
    text: 'We are sorry. Nobody can take your call now. Please try again later.',
  },
];

const CAMPAIGN: Omit<Campaign, 'targetIds'> = {
  id: 'demo-campaign',
  name: 'Demo plumbing',
  isActive: true,
  pause: null,
  currency: 'USD',
  schedule: null,
  planId: null,
  consentPromptId: 'demo-consent',
  greetingPromptId: 'demo-greeting',
  holdMusicPromptId: 'builtin:hold-music',
  endingPromptId: 'demo-ending',
  apologyPromptId: 'demo-apology',
  recording: 'from-bridge',
  recordingKeys: null,
  agents: null,
  auctionDeadlineMs: 3_000,
  minimumBidMicros: 10_000_000,
  maxHoldMs: 60_000,
  hedgeAfterMs: null,
  recovery: null,
  holdPrompt: null,
  voicemailWebhook: null,
  voicemailMail: [],
  blockedCallers: [],
  flowId: null,
  fallback: [{ kind: 'message', promptId: 'demo-apology' }],
  maxCalls: null,
  caps: [],
  duplicates: null,
  sameBuyer: { mode: 'normal', days: 30 },
  anonymousCallers: 'accept',
  callerGapMs: 0,
  automaticBlock: null,
  payoutOnceDays: 0,
};

export function demoConfiguration(addresses: DemoAddresses, builtIn: readonly Prompt[]): ConfigurationDocument {
  const targets = targetsOf(addresses);
  return {
    trunks: [composeTrunk({ id: 'demo-trunk', name: 'Demo carrier', sourceCidrs: ['127.0.0.0/8'] })],
    dids: [
      {
        id: 'demo-did',
        number: DEMO_DID,
        campaignId: CAMPAIGN.id,
        sourceId: 'demo-source',
        isActive: true,
        pause: null,
        tags: {},
        fax: null,
      },
    ],
    sources: [
      {
        id: 'demo-source',
        name: 'Demo publisher',
        isActive: true,
        pause: null,
        tags: {},
        allowsRecording: true,
        payout: { kind: 'share', basisPoints: 7_000 },
        payoutAfterMs: 2_000,
        maxCalls: null,
        caps: [],
        schedule: null,
        pings: null,
      },
    ],
    campaigns: [{ ...CAMPAIGN, targetIds: targets.map((target) => target.id) }],
    buyers: ['budget', 'acme', 'steady', 'owl'].map((id) => ({
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
    bidders: [
      bidder('budget-rtb', 'Budget RTB', addresses.quickBidderUrl),
      bidder('acme-rtb', 'Acme RTB', addresses.highBidderUrl),
    ],
    prompts: [...PROMPTS, ...builtIn],
    plans: [],
    flows: [],
    calendars: [],
    agents: [],
  };
}
