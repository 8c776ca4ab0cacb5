/** A configuration with one of everything and every closed union once, for the contract suites. */
import type { Buyer } from '../../src/domain/campaigns/buyer.js';
import type { ConfigurationDocument } from '../../src/domain/campaigns/configuration.js';
import type { Plan } from '../../src/domain/plans/plan.js';
import type { E164 } from '../../src/domain/trunks/phone-number.js';
import { composeTrunk } from '../../src/domain/trunks/trunk-profile.js';
import { TARGETS } from './target-samples.js';

const number = (text: string): E164 => text as E164;

const response = {
  accept: [{ path: 'accepted', operator: 'in', value: ['yes', 'true'] }],
  pricePath: 'bid',
  destinationPath: 'number|sip',
  destinationCountry: null,
  referencePath: 'ping_id',
  billAfterSecondsPath: 'seconds',
  expiresInSecondsPath: null,
  reasonPath: 'reason',
  refusalStatuses: [404],
} as const;

const request = {
  method: 'POST',
  url: 'https://rtb.example/ping/{{campaign}}',
  headers: { authorization: 'Bearer s3cret' },
  encoding: 'json',
  fields: { caller: '{{caller}}', nested: [1, true, null, { zip: '{{zip}}' }] },
} as const;

export function sampleBuyer(id: string, changes: Partial<Buyer> = {}): Buyer {
  return {
    id,
    name: `Buyer ${id}`,
    isActive: true,
    pause: null,
    maxCalls: null,
    concurrency: null,
    caps: [],
    duplicates: null,
    blockedCallers: ['+1900*'],
    ...changes,
  };
}

export const PLAN: Plan = {
  id: 'all-roofs',
  name: 'All roofs',
  version: 1,
  root: {
    ...{ kind: 'group', id: 'all', name: 'All', isActive: true, strategy: { kind: 'staggered', intervalMs: 4_000 } },
    ...{ priority: null, weight: 2, schedule: null, maxCalls: 9, hedgeAfterMs: null },
    caps: [{ dimension: 'connected', window: 'day', limit: 50, timeZone: 'UTC', kind: 'hard' }],
    condition: { kind: 'tag', tag: 'caller.state', operator: 'equals', values: ['TX'], passesIfMissing: false },
    members: [
      { kind: 'target', targetId: 'acme-east', priority: 2, weight: null, condition: null },
      { kind: 'target', targetId: 'best', priority: null, weight: null, condition: null },
    ],
  },
};

export const DOCUMENT: ConfigurationDocument = {
  trunks: [
    composeTrunk({
      id: 'telnyx',
      name: 'Telnyx',
      isActive: true,
      sourceCidrs: ['192.76.120.0/24', '2001:db8::/32'],
      gateways: [{ host: 'sip.telnyx.example', port: 5060, transport: 'tcp', priority: 1, weight: 10 }],
      defaultCountry: 'US',
      credentials: { username: 'ringpost', password: 'pa:ss"word' },
      callerId: { kind: 'pass-through', diversion: number('+18005550100') },
      profile: 'telnyx',
      callsPerSecond: null,
      codecs: ['PCMA'],
      optionsProbe: { intervalMs: 5_000, timeoutMs: 1_000, downAfter: 2 },
      attestationHeader: 'X-Plivo-Stir-Verification',
      maxInboundCalls: 100,
      maxOutboundCalls: null,
      costPerMinute: { inboundMicros: 4_500, outboundMicros: 8_000 },
    }),
  ],
  dids: [
    {
      id: 'did-1',
      number: number('+18005550100'),
      campaignId: 'roofing',
      sourceId: 'publisher-1',
      isActive: true,
      pause: null,
      tags: {},
      fax: { mailTo: ['fax@example.org'], stationId: '+1 800 555 0100' },
    },
  ],
  sources: [
    {
      id: 'publisher-1',
      name: 'Publisher',
      isActive: true,
      pause: null,
      tags: {},
      allowsRecording: false,
      payout: { kind: 'share', basisPoints: 7_050 },
      payoutAfterMs: 30_000,
      maxCalls: 10,
      caps: [],
      schedule: {
        timeZone: 'America/Denver',
        ranges: [{ weekday: 2, fromMinute: 480, toMinute: 1_200 }],
        calendarIds: ['us'],
      },
      pings: {
        isRequired: true,
        allowsUnknownCaller: false,
        lifetimeMs: 45_000,
        tags: ['zip'],
        sipHost: 'sip.example.com',
      },
    },
  ],
  campaigns: [
    {
      id: 'roofing',
      name: 'Roofing',
      isActive: true,
      pause: null,
      currency: 'USD',
      schedule: { timeZone: 'America/New_York', ranges: [{ weekday: 1, fromMinute: 540, toMinute: 1_440 }] },
      targetIds: ['acme-east', 'best'],
      planId: 'all-roofs',
      consentPromptId: null,
      consent: { states: ['CA', 'WA'] },
      whenClosed: [
        { kind: 'plan', planId: 'all-roofs', maxHoldMs: 30_000 },
        { kind: 'voicemail', greetingPromptId: null, limitMs: 30_000 },
      ],
      greetingPromptId: 'greeting',
      holdMusicPromptId: 'music',
      endingPromptId: null,
      apologyPromptId: 'greeting',
      recording: 'from-bridge',
      recordingKeys: '*7',
      agents: {
        agentIds: ['ann'],
        need: { tags: ['ivr.language'], skill: 'spanish', minimumLevel: 20, widenAfterMs: 20_000 },
        order: 'longest-idle',
        queue: {
          maxWaitMs: 90_000,
          maxCallers: 5,
          prompt: { kind: 'prompt', promptId: 'greeting' },
          announceEveryMs: 20_000,
          leaveKey: '9',
          leaveTo: 'voicemail',
        },
        forwarding: 'automatic',
        handover: 'warm',
      },
      auctionDeadlineMs: 3_000,
      minimumBidMicros: 5_000_000,
      maxHoldMs: 60_000,
      hedgeAfterMs: 2_000,
      holdPrompt: null,
      recovery: { withinMs: 8_000, maxAttempts: 3 },
      voicemailWebhook: { url: 'https://crm.example/voicemail', secret: 'sixteen letters!' },
      voicemailMail: ['desk@example.org', 'night@example.org'],
      blockedCallers: ['+12125550199', '+1900*'],
      anonymousCallers: 'reject',
      callerGapMs: 2_000,
      automaticBlock: { calls: 5, withinMinutes: 60, level: 'account', days: 7 },
      fallback: [
        {
          kind: 'dial',
          destination: { kind: 'number', number: number('+13105550100') },
          trunkId: 'telnyx',
          ringTimeoutMs: 25_000,
        },
        { kind: 'voicemail', greetingPromptId: 'greeting', limitMs: 120_000 },
        { kind: 'message', promptId: 'greeting' },
      ],
      maxCalls: null,
      caps: [],
      duplicates: { restrict: 'buyer', after: 'converted', days: null },
      sameBuyer: { mode: 'different', days: null },
      payoutOnceDays: 30,
      flowId: 'qualify',
    },
  ],
  buyers: [sampleBuyer('acme', { name: 'Acme', maxCalls: 50 })],
  targets: TARGETS,
  bidders: [
    {
      id: 'acme-rtb',
      name: 'Acme RTB',
      isActive: true,
      dialect: { ping: request, pingResponse: response, post: null, postResponse: null },
      pingTimeoutMs: 2_000,
      postTimeoutMs: 2_000,
      maximumBidMicros: 80_000_000,
      maxPingsPerMinute: 600,
      bidLifetimeMs: 60_000,
      allowsShadowPings: true,
      reuseAnswers: true,
    },
  ],
  flows: [
    {
      id: 'qualify',
      name: 'Qualify',
      start: 'ask-zip',
      nodes: {
        'ask-zip': {
          kind: 'gather',
          tag: 'zip',
          form: 'zip',
          next: 'sell',
          minDigits: 5,
          maxDigits: 5,
          digitTimeoutMs: 3_000,
          terminator: '#',
          prompt: { kind: 'text', text: 'Your ZIP code, please.', voice: 'slt' },
          isInterruptible: true,
          timeoutMs: 5_000,
          maxTries: 3,
          noInputPrompt: null,
          invalidPrompt: null,
          onNoInput: 'sell',
          onInvalid: 'sell',
        },
        sell: { kind: 'plan' },
      },
    },
  ],
  prompts: [
    { id: 'greeting', kind: 'text', text: 'Thank you for calling.', voice: 'slt' },
    { id: 'holidays', kind: 'text', text: 'We are closed.', voice: 'slt', plays: 2 },
    { id: 'music', kind: 'file', path: '/srv/prompts/music.wav' },
  ],
  plans: [PLAN],
  calendars: [
    {
      id: 'us',
      name: 'Holidays',
      days: [
        { date: '12-25', name: 'Christmas', ranges: [] },
        { date: '2026-12-31', name: '', ranges: [{ fromMinute: 540, toMinute: 720 }] },
      ],
    },
  ],
  agents: [
    {
      id: 'ann',
      name: 'Ann',
      isActive: true,
      destination: { kind: 'sip', uri: 'sip:ann@192.0.2.9' },
      trunkId: null,
      skills: [{ skill: 'spanish', level: 80 }],
      pause: { reason: 'lunch', by: 'ops', at: 1_700_000_000_000, until: null },
      ringTimeoutMs: 15_000,
    },
  ],
};

export const EMPTY_DOCUMENT: ConfigurationDocument = {
  trunks: [],
  dids: [],
  sources: [],
  campaigns: [],
  buyers: [],
  targets: [],
  bidders: [],
  prompts: [],
  plans: [],
  flows: [],
  calendars: [],
  agents: [],
};
