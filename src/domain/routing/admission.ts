/**
 * Whether a call may come in at all, and as whose. Pure: the flow asks it once per INVITE, before anything is answered.
 * Statuses follow what carriers do with them: 404 and 603 are final for a trunk, 480 and 503 let it try elsewhere, so
 * the former stand only for what is the call's own fault.
 */
import { type ListedCaller, whyKeptOut } from '../callers/caller-list.js';
import type { HangupCause } from '../calls/hangup-cause.js';
import type { Campaign } from '../campaigns/campaign.js';
import type { Configuration } from '../campaigns/configuration.js';
import type { Did } from '../campaigns/did.js';
import type { Source } from '../campaigns/source.js';
import type { E164 } from '../trunks/phone-number.js';
import { describePause, isPaused, type Pausable } from './pause.js';
import { describeMoment, isOpenAt } from './schedule.js';

export interface Refusal {
  readonly sipStatus: number;
  readonly cause: HangupCause;
  /** Reason phrase for the trunk: says nothing about our configuration. */
  readonly phrase: string;
  /** For the call log. */
  readonly detail: string;
}

export type Admission =
  | {
      readonly kind: 'admitted';
      readonly did: Did;
      readonly campaign: Campaign;
      readonly source: Source;
      /** Why the call is not for sale, and goes the campaign's way for such calls; null for one that is. */
      readonly closedFor: string | null;
    }
  | { readonly kind: 'refused'; readonly did: Did | null; readonly refusal: Refusal };

function refusal(sipStatus: number, cause: HangupCause, phrase: string, detail: string): Refusal {
  return { sipStatus, cause, phrase, detail };
}

function unavailable(detail: string): Refusal {
  return refusal(480, 'NO_USER_RESPONSE', 'Temporarily Unavailable', detail);
}

function declined(detail: string): Refusal {
  return refusal(603, 'CALL_REJECTED', 'Decline', detail);
}

/** What a campaign has against the caller, whatever the time is. */
function callerRefusal(campaign: Campaign, question: AdmissionQuestion): Refusal | null {
  const { isCallerPrivate, sinceLastCallMs } = question;
  if (isCallerPrivate && campaign.anonymousCallers === 'reject') {
    // RFC 5079: he may call again and show his number.
    const detail = `campaign ${campaign.name} takes no callers who withhold their number`;
    return refusal(433, 'CALL_REJECTED', 'Anonymity Disallowed', detail);
  }
  const keptOut = whyKeptOut(campaign, question);
  if (keptOut !== null) return declined(`campaign ${campaign.name}: the caller is ${keptOut}`);
  const sinceMs = isCallerPrivate ? null : sinceLastCallMs(campaign.id);
  if (sinceMs === null || sinceMs >= campaign.callerGapMs) return null;
  // 603 and not 480: a trunk that tried elsewhere would bring him to us once more.
  return declined(
    `the caller called campaign ${campaign.name} ${Math.round(sinceMs)} ms ago; ${campaign.callerGapMs} ms must lie between`,
  );
}

function campaignRefusal(campaign: Campaign, question: AdmissionQuestion): Refusal | null {
  const { wallMs } = question;
  return awayRefusal(campaign, `campaign ${campaign.name}`, wallMs) ?? callerRefusal(campaign, question);
}

/** Whose hours keep a call out, and what the clocks show there; null when it comes within the hours of both. */
export function whyClosed(campaign: Campaign, source: Source, wallMs: number): string | null {
  if (source.schedule !== null && !isOpenAt(source.schedule, wallMs)) {
    return `source ${source.name} may not send calls now: it is ${describeMoment(source.schedule, wallMs)}`;
  }
  if (campaign.schedule === null || isOpenAt(campaign.schedule, wallMs)) return null;
  return `campaign ${campaign.name} is closed: it is ${describeMoment(campaign.schedule, wallMs)}`;
}

/** Those who find it closed hear something; else they are refused. */
export function answersWhenClosed({ whenClosed = null }: Campaign): boolean {
  return whenClosed !== null;
}

/** Null when it is there: neither switched off nor away. */
function awayRefusal(row: Pausable & { readonly isActive: boolean }, name: string, wallMs: number): Refusal | null {
  if (!row.isActive) return unavailable(`${name} is paused`);
  return row.pause !== null && isPaused(row, wallMs) ? unavailable(`${name} is ${describePause(row.pause)}`) : null;
}

export interface AdmissionQuestion extends ListedCaller {
  /** Null when the called number could not be read as a number. */
  readonly calledNumber: E164 | null;
  /** As the trunk wrote it, for the log. */
  readonly calledUser: string;
  readonly isCallerPrivate: boolean;
  /** Since the campaign last let the caller in; null when that is long ago. */
  readonly sinceLastCallMs: (campaignId: string) => number | null;
  readonly wallMs: number;
}

export function admit(configuration: Configuration, question: AdmissionQuestion): Admission {
  const { calledNumber, calledUser } = question;
  const did = calledNumber === null ? undefined : configuration.didsByNumber.get(calledNumber);
  if (did === undefined) {
    const detail = `no DID ${calledNumber ?? JSON.stringify(calledUser.slice(0, 64))}`;
    return { kind: 'refused', did: null, refusal: refusal(404, 'UNALLOCATED_NUMBER', 'Not Found', detail) };
  }
  const refuse = (why: Refusal): Admission => ({ kind: 'refused', did, refusal: why });
  const didSays = awayRefusal(did, `DID ${did.number}`, question.wallMs);
  if (didSays !== null) return refuse(didSays);
  const campaign = configuration.campaigns.get(did.campaignId);
  const source = configuration.sources.get(did.sourceId);
  if (campaign === undefined) return refuse(unavailable(`DID ${did.number} has no campaign`));
  if (source === undefined) return refuse(unavailable(`DID ${did.number} has no source`));
  const sourceSays = awayRefusal(source, `source ${source.name}`, question.wallMs);
  if (sourceSays !== null) return refuse(sourceSays);
  const campaignSays = campaignRefusal(campaign, question);
  if (campaignSays !== null) return refuse(campaignSays);
  const closedFor = whyClosed(campaign, source, question.wallMs);
  if (closedFor !== null && !answersWhenClosed(campaign)) return refuse(unavailable(closedFor));
  return { kind: 'admitted', did, campaign, source, closedFor };
}
