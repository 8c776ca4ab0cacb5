/**
 * Makes rows of the domain out of entries whose shape has been checked, with the defaults of the product. Contradictions
 * within one entry are found here; what concerns several entries is found in `check-references.ts`.
 */
import { resolve } from 'node:path';
import type { AcceptKey, Buyer, Pricing, Target } from '../../domain/campaigns/buyer.js';
import type { Campaign, FallbackStep, HoldPrompt, Recovery } from '../../domain/campaigns/campaign.js';
import type { Did } from '../../domain/campaigns/did.js';
import type { Payout, PingTerms, Source } from '../../domain/campaigns/source.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import { SPOKEN_TOKENS, unknownToken } from '../../domain/prompts/spoken-text.js';
import { type Destination, parseDestination, parseTargetDestination } from '../../domain/trunks/destination.js';
import { type E164, isE164 } from '../../domain/trunks/phone-number.js';
import { agentPlanOf } from './agent-entry.js';
import { datedScheduleOf } from './calendar-entry.js';
import { automaticBlockOf, duplicatesOf, sameBuyerOf } from './caller-rule-entry.js';
import { capsOf } from './cap-entry.js';
import { concurrencyOf } from './concurrency-entry.js';
import { conditionOf } from './condition-entry.js';
import { consentOf } from './consent-entry.js';
import type { Entry } from './document-schema.js';
import { type Fault, faultAt } from './fault.js';
import { microsOf } from './micros.js';
import { pauseOf } from './pause-entry.js';
import { playsOf } from './plays-entry.js';
import { chainedQueueOf } from './queue-entry.js';
import { skillsOf } from './skill-entry.js';
import { targetVoicemailOf } from './target-voicemail-entry.js';

const RING_TIMEOUT_MS = 25_000;
const ACCEPT_TIMEOUT_MS = 8_000;
const DROP_AFTER_MS = 5_000;
const RECOVERY_ATTEMPTS = 5;
const HOLD_PROMPT_EVERY_MS = 20_000;
const VOICEMAIL_LIMIT_MS = 120_000;
const PLAN_HOLD_MS = 60_000;
const DEFAULT_VOICE = 'slt';
/** Nobody who was let in hangs up and dials anew so soon; a machine does, and a trunk that sends a call twice. */
const CALLER_GAP_MS = 2_000;
const PAYOUT_ONCE_DAYS = 30;
const PING_LIFETIME_MS = 60_000;
const PING_TAGS: readonly string[] = ['zip', 'state', 'service'];

/** The schema has let nothing else through. */
function numberOf(text: string): E164 {
  if (!isE164(text)) throw new TypeError('a number that is not in E.164 form passed the schema');
  return text;
}

function destinationOf(text: string): Destination {
  const destination = parseDestination(text);
  if (destination === null) throw new TypeError('a destination that nobody can dial passed the schema');
  return destination;
}

export function buildDid(entry: Entry<'dids'>): Did {
  const { number, campaignId, sourceId, id = number, isActive = true } = entry;
  return {
    id,
    number: numberOf(number),
    campaignId,
    sourceId,
    isActive,
    pause: pauseOf(entry.pause),
    tags: entry.tags ?? {},
    fax: entry.fax == null ? null : { mailTo: entry.fax.mailTo ?? [], stationId: entry.fax.stationId ?? null },
  };
}

function payoutOf(entry: Entry<'sources'>['payout']): Payout {
  if (entry === undefined || entry.kind === 'none') return { kind: 'none' };
  if (entry.kind === 'fixed') return { kind: 'fixed', amountMicros: microsOf(entry.amount) };
  return { kind: 'share', basisPoints: Math.round(entry.percent * 100) };
}

function pingTermsOf(entry: Entry<'sources'>['pings']): PingTerms | null {
  if (entry === undefined || entry === null) return null;
  const { isRequired = false, allowsUnknownCaller = false, lifetimeMs = PING_LIFETIME_MS } = entry;
  const { tags = PING_TAGS, sipHost = null } = entry;
  return { isRequired, allowsUnknownCaller, lifetimeMs, tags: [...new Set(tags)], sipHost };
}

export function buildSource(entry: Entry<'sources'>): Source {
  return {
    id: entry.id,
    name: entry.name ?? entry.id,
    isActive: entry.isActive ?? true,
    pause: pauseOf(entry.pause),
    tags: entry.tags ?? {},
    allowsRecording: entry.allowsRecording ?? true,
    payout: payoutOf(entry.payout),
    payoutAfterMs: entry.payoutAfterMs ?? 0,
    maxCalls: entry.maxCalls ?? null,
    caps: capsOf(entry.caps, undefined),
    schedule: datedScheduleOf(entry.schedule),
    pings: pingTermsOf(entry.pings),
  };
}

type StepEntry = NonNullable<Entry<'campaigns'>['fallback']>[number];

function stepOf(step: StepEntry): FallbackStep {
  switch (step.kind) {
    case 'dial':
      return {
        kind: 'dial',
        destination: destinationOf(step.destination),
        trunkId: step.trunkId ?? null,
        ringTimeoutMs: step.ringTimeoutMs ?? RING_TIMEOUT_MS,
      };
    case 'voicemail':
      return {
        kind: 'voicemail',
        greetingPromptId: step.greetingPromptId ?? null,
        limitMs: step.limitMs ?? VOICEMAIL_LIMIT_MS,
      };
    case 'message':
      return { kind: 'message', promptId: step.promptId };
    case 'plan':
      return { kind: 'plan', planId: step.planId, maxHoldMs: step.maxHoldMs ?? PLAN_HOLD_MS };
    case 'queue':
      return { kind: 'queue', planId: step.planId, ...chainedQueueOf(step) };
  }
}

function holdPromptOf(entry: Entry<'campaigns'>['holdPrompt']): HoldPrompt | null {
  if (entry === undefined || entry === null) return null;
  return { promptId: entry.promptId, everyMs: entry.everyMs ?? HOLD_PROMPT_EVERY_MS };
}

function recoveryOf(entry: Entry<'campaigns'>['recovery']): Recovery | null {
  if (entry === undefined || entry === null) return null;
  return { withinMs: entry.withinMs, maxAttempts: entry.maxAttempts ?? RECOVERY_ATTEMPTS };
}

export function buildCampaign(entry: Entry<'campaigns'>, path: string, faults: Fault[]): Campaign {
  const { auctionDeadlineMs = 3_000, maxHoldMs = 60_000 } = entry;
  if (auctionDeadlineMs > maxHoldMs) {
    const expected = `at most maxHoldMs, which is ${maxHoldMs}: a caller is not held beyond it`;
    faults.push(faultAt(`${path}.auctionDeadlineMs`, auctionDeadlineMs, expected));
  }
  if (entry.targetIds === undefined && (entry.planId ?? null) === null) {
    faults.push(faultAt(`${path}.targetIds`, undefined, 'a list of ids of targets, or the planId of a plan'));
  }
  return {
    id: entry.id,
    name: entry.name ?? entry.id,
    isActive: entry.isActive ?? true,
    pause: pauseOf(entry.pause),
    currency: entry.currency,
    schedule: datedScheduleOf(entry.schedule),
    targetIds: entry.targetIds ?? [],
    planId: entry.planId ?? null,
    consentPromptId: entry.consentPromptId ?? null,
    consent: consentOf(entry.consent),
    greetingPromptId: entry.greetingPromptId ?? null,
    holdMusicPromptId: entry.holdMusicPromptId,
    endingPromptId: entry.endingPromptId ?? null,
    apologyPromptId: entry.apologyPromptId ?? null,
    recording: entry.recording ?? 'off',
    recordingKeys: entry.recordingKeys ?? null,
    agents: agentPlanOf(entry.agents),
    auctionDeadlineMs,
    minimumBidMicros: microsOf(entry.minimumBid ?? 0),
    maxHoldMs,
    hedgeAfterMs: entry.hedgeAfterMs ?? null,
    holdPrompt: holdPromptOf(entry.holdPrompt),
    recovery: recoveryOf(entry.recovery),
    voicemailWebhook: entry.voicemailWebhook ?? null,
    voicemailMail: entry.voicemailMail ?? [],
    blockedCallers: entry.blockedCallers ?? [],
    anonymousCallers: entry.anonymousCallers ?? 'reject',
    callerGapMs: entry.callerGapMs ?? CALLER_GAP_MS,
    automaticBlock: automaticBlockOf(entry.automaticBlock),
    fallback: (entry.fallback ?? []).map(stepOf),
    whenClosed: entry.whenClosed?.map(stepOf) ?? null,
    maxCalls: entry.maxCalls ?? null,
    caps: capsOf(entry.caps, entry.schedule?.timeZone),
    duplicates: duplicatesOf(entry.duplicates),
    sameBuyer: sameBuyerOf(entry.sameBuyer),
    payoutOnceDays: entry.payoutOnceDays ?? PAYOUT_ONCE_DAYS,
    flowId: entry.flowId ?? null,
  };
}

export function buildBuyer(entry: Entry<'buyers'>): Buyer {
  const { id, name = id, isActive = true, maxCalls = null, blockedCallers = [] } = entry;
  const concurrency = concurrencyOf(entry.concurrency);
  const caps = capsOf(entry.caps, undefined);
  const pause = pauseOf(entry.pause);
  return {
    id,
    name,
    isActive,
    pause,
    maxCalls,
    concurrency,
    caps,
    duplicates: duplicatesOf(entry.duplicates),
    blockedCallers,
  };
}

function pricingOf(entry: Entry<'targets'>, path: string, faults: Fault[]): Pricing {
  const { price, bidderId, minimumBid } = entry;
  if (bidderId !== undefined) {
    if (price !== undefined) faults.push(faultAt(`${path}.price`, price, 'nothing, since bidderId names who prices'));
    return { kind: 'bid', bidderId, minimumMicros: microsOf(minimumBid ?? 0) };
  }
  if (price === undefined) faults.push(faultAt(`${path}.price`, price, 'a price, or a bidderId that names who prices'));
  if (minimumBid !== undefined) {
    faults.push(faultAt(`${path}.minimumBid`, minimumBid, 'nothing, since there is no bidderId'));
  }
  return { kind: 'static', amountMicros: microsOf(price ?? 0) };
}

function acceptKeyOf(entry: Entry<'targets'>['acceptKey']): AcceptKey | null {
  if (entry === undefined || entry === null) return null;
  const { digit = '1', timeoutMs = ACCEPT_TIMEOUT_MS, promptId = null, voicemailDrop: drop = null } = entry;
  const voicemailDrop = drop === null ? null : { promptId: drop.promptId, afterMs: drop.afterMs ?? DROP_AFTER_MS };
  return { digit, timeoutMs, promptId, voicemailDrop };
}

export function buildTarget(entry: Entry<'targets'>, path: string, faults: Fault[]): Target {
  const { destination } = entry;
  return {
    id: entry.id,
    buyerId: entry.buyerId,
    name: entry.name ?? entry.id,
    isActive: entry.isActive ?? true,
    pause: pauseOf(entry.pause),
    pricing: pricingOf(entry, path, faults),
    destination: typeof destination === 'string' ? parseTargetDestination(destination) : null,
    trunkId: entry.trunkId ?? null,
    priority: entry.priority ?? 1,
    weight: entry.weight ?? 1,
    schedule: datedScheduleOf(entry.schedule),
    maxCalls: entry.maxCalls ?? null,
    concurrency: concurrencyOf(entry.concurrency),
    caps: capsOf(entry.caps, entry.schedule?.timeZone),
    duplicates: duplicatesOf(entry.duplicates),
    ringTimeoutMs: entry.ringTimeoutMs ?? RING_TIMEOUT_MS,
    billAfterMs: entry.billAfterMs ?? 0,
    condition: conditionOf(entry.condition),
    whisperPromptId: entry.whisperPromptId ?? null,
    acceptKey: acceptKeyOf(entry.acceptKey),
    maxEarlierConnections: entry.maxEarlierConnections ?? null,
    voicemail: targetVoicemailOf(entry.voicemail),
    skills: skillsOf(entry.skills),
  };
}

/** A relative path of a file starts at `folder`, the one in which the configuration lies. */
export function buildPrompt(entry: Entry<'prompts'>, path: string, folder: string | null, faults: Fault[]): Prompt {
  const { id, text, voice, file } = entry;
  if (file !== undefined) {
    if (text !== undefined) faults.push(faultAt(`${path}.text`, text, 'nothing, since there is a file'));
    if (voice !== undefined) faults.push(faultAt(`${path}.voice`, voice, 'nothing, since there is a file'));
    return { id, kind: 'file', path: folder === null ? file : resolve(folder, file), ...playsOf(entry.plays) };
  }
  if (text === undefined) faults.push(faultAt(`${path}.text`, text, 'a text to speak, or a file to play'));
  const unknown = unknownToken(text ?? '');
  if (unknown !== null) {
    const known = SPOKEN_TOKENS.map((token) => `{{${token}}}`).join(', ');
    faults.push(
      faultAt(`${path}.text`, text, `no ${JSON.stringify(unknown)}: the tokens are ${known} and {{tag:...}}`),
    );
  }
  return { id, kind: 'text', text: text ?? '', voice: voice ?? DEFAULT_VOICE, ...playsOf(entry.plays) };
}
