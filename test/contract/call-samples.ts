/** Calls and what belongs to them, with every field filled, for the contract suites. */
import type { CallClosing } from '../../src/application/ports/call-repository.js';
import type { BidRecord } from '../../src/domain/bidding/bid.js';
import { advance, type Call, receiveCall } from '../../src/domain/calls/call.js';
import type { Leg, MediaDialog } from '../../src/domain/calls/leg.js';
import type { Recording } from '../../src/domain/calls/recording.js';
import type { TimelineEntry } from '../../src/domain/calls/timeline.js';
import type { LedgerEntry } from '../../src/domain/money/ledger.js';
import type { CapUse } from '../../src/domain/routing/cap.js';
import type { DecisionTrace } from '../../src/domain/routing/decision-trace.js';
import type { TargetDial } from '../../src/domain/routing/target-dial.js';

const BORN_AT = Date.UTC(2026, 10, 21, 15, 0, 0);

export function receivedCall(callId: string, startedAt = BORN_AT): Call {
  return receiveCall({
    callId,
    sipCallId: `${callId}@carrier.example`,
    configurationVersion: 3,
    trunkId: 'telnyx',
    callerNumber: '+12125550101',
    calledNumber: '+18005550100',
    callerName: 'Zoë "O\'Brien"; DROP TABLE calls',
    startedAt,
  });
}

export function answeredCall(call: Call): Call {
  return advance(call, 'answered', {
    didId: 'did-1',
    campaignId: 'roofing',
    sourceId: 'publisher-1',
    answeredAt: call.startedAt + 40,
    currency: 'USD',
  });
}

export function endedCall(call: Call): Call {
  return advance(call, 'ended', {
    endedAt: call.startedAt + 95_000,
    holdMs: 6_200,
    ringMs: 4_100,
    talkMs: 88_000,
    billedMs: 88_000,
    buyerId: 'acme',
    targetId: 'acme-east',
    priceMicros: 42_000_001,
    payoutMicros: 30_000_000,
    outcome: 'sold',
    release: { by: 'buyer', cause: 'NORMAL_CLEARING', sipStatus: 200, detail: 'the buyer hung up' },
  });
}

export function legOf(call: Call, side: Leg['side']): Leg {
  return {
    legId: `${call.callId}-${side}`,
    callId: call.callId,
    side,
    targetId: side === 'b' ? 'acme-east' : null,
    sipCallId: `${call.callId}-${side}@ringpost.example`,
    localTag: 'l1',
    remoteTag: null,
    localUri: 'sip:+18005550100@ringpost.example',
    remoteUri: 'sip:+12125550101@carrier.example',
    remoteContact: 'sip:gw1.carrier.example:5060;transport=udp',
    routeSet: ['<sip:p1.carrier.example;lr>', '<sip:p2.carrier.example;lr>'],
    localCseq: 1,
    localSdp: 'v=0\r\n',
    remoteSdp: null,
    channelId: `${call.callId}-channel-${side}`,
    mediaServer: 'fs1',
    dialogId: side === 'a' ? null : `${call.callId}-b@ringpost.example;from-tag=l1`,
    inviteId: side === 'a' ? null : `${call.callId}-invite`,
    mediaDialog: side === 'a' ? null : mediaDialogOf(`${call.callId}-channel-b`),
    state: 'setting-up',
  };
}

function mediaDialogOf(sipCallId: string): MediaDialog {
  return {
    dialogId: `${sipCallId};from-tag=m1`,
    sipCallId,
    localTag: 'm1',
    remoteTag: 'm2',
    localUri: 'sip:ringpost@192.0.2.1',
    remoteUri: 'sip:buyer@192.0.2.2',
    remoteContact: 'sip:buyer@192.0.2.2:5080',
    routeSet: [],
    localCseq: 23_456_789,
  };
}

export const TIMELINE: readonly TimelineEntry[] = [
  { atMs: 0, step: 'received', text: 'INVITE from telnyx', data: { caller: '+12125550101', isAnonymous: false } },
  { atMs: 12, step: 'answered', text: '200 OK', data: {} },
  { atMs: 12, step: 'ping', text: 'Acme bids 42.000001 USD', data: { latencyMs: 180, reference: null } },
];

export const TRACE: DecisionTrace = {
  configurationVersion: 3,
  candidates: [
    {
      targetId: 'acme-east',
      buyerId: 'acme',
      group: 'main/all',
      outcome: 'won',
      amountMicros: 42_000_001,
      rank: 1,
      checks: [{ check: 'concurrency', passed: true, values: '38 of 50 calls', needed: null }],
    },
  ],
  winnerTargetId: 'acme-east',
  summary: 'Acme won with 42.000001 USD over 1 other',
  plan: {
    planId: 'main',
    version: 7,
    groups: [{ group: 'main/all', name: 'All', strategy: 'auction', reach: 'entered', checks: [], note: null }],
  },
};

export const BIDS: readonly BidRecord[] = [
  {
    bidderId: 'acme-rtb',
    targetId: 'acme-east',
    outcome: 'bid',
    detail: '',
    amountMicros: 42_000_001,
    latencyMs: 180,
    atMs: 12,
  },
  {
    bidderId: 'slow-rtb',
    targetId: 'slow-west',
    outcome: 'late',
    detail: '2,140 ms of 2,000 ms',
    amountMicros: null,
    latencyMs: 2_140,
    atMs: 12,
  },
];

export const CAP_USES: readonly CapUse[] = [{ key: 'target:t1:connected:day:UTC', window: 20_261_121, amount: 1 }];

export const DIALS: readonly TargetDial[] = [
  {
    ...{ targetId: 't1', buyerId: 'acme', campaignId: 'roofing', sourceId: 'publisher-1', endedAt: 1_000 },
    isConnected: true,
    revenueMicros: 42_000_001,
    talkMs: 95_000,
  },
];

export function ledgerOf(call: Call, amountMicros = 42_000_001): readonly LedgerEntry[] {
  const common = { callId: call.callId, currency: 'USD', at: call.startedAt + 95_000 };
  return [
    { ...common, key: `${call.callId}:buyer-charge`, kind: 'buyer-charge', accountId: 'acme', amountMicros },
    {
      ...common,
      key: `${call.callId}:source-payout`,
      kind: 'source-payout',
      accountId: 'publisher-1',
      amountMicros: 30_000_000,
    },
  ];
}

export function closingOf(ended: Call): CallClosing {
  const common = { timeline: TIMELINE, trace: TRACE, bids: BIDS, capUses: CAP_USES, dials: DIALS, deliveries: [] };
  return { call: ended, ledger: ledgerOf(ended), ...common };
}

export function recordingOf(call: Call): Recording {
  return {
    id: `${call.callId}-recording`,
    callId: call.callId,
    kind: 'call',
    state: 'ready',
    wavPath: `2026/11/21/${call.callId}.wav`,
    mp3Path: null,
    startedAt: call.startedAt + 7_000,
    durationMs: 88_000,
    channels: 2,
    levels: [
      { rmsDbfs: -21.5, peakDbfs: -3.25 },
      { rmsDbfs: null, peakDbfs: null },
    ],
    sha256: 'ab'.repeat(32),
    lostReason: null,
  };
}
