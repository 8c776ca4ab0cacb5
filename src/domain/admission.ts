/**
 * Whether a call may come in at all, and as whose. Pure: the flow asks it once per INVITE, before anything is answered.
 * Statuses follow what carriers do with them: 404 and 603 are final for a trunk, 480 and 503 let it try elsewhere, so
 * the former stand only for what is the call's own fault.
 */
import type { Campaign } from './campaign.js';
import type { Configuration } from './configuration.js';
import type { Did } from './did.js';
import type { HangupCause } from './hangup-cause.js';
import type { E164 } from './phone-number.js';
import { formatLocalTime, isOpenAt, localTimeIn } from './schedule.js';
import type { Source } from './source.js';

export interface Refusal {
  readonly sipStatus: number;
  readonly cause: HangupCause;
  /** Reason phrase for the trunk: says nothing about our configuration. */
  readonly phrase: string;
  /** For the call log. */
  readonly detail: string;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly did: Did; readonly campaign: Campaign; readonly source: Source }
  | { readonly kind: 'refused'; readonly did: Did | null; readonly refusal: Refusal };

function refusal(sipStatus: number, cause: HangupCause, phrase: string, detail: string): Refusal {
  return { sipStatus, cause, phrase, detail };
}

/** Exact numbers, and prefixes that end in `*`. */
export function isBlocked(patterns: readonly string[], callerNumber: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? callerNumber.startsWith(pattern.slice(0, -1)) : pattern === callerNumber,
  );
}

function unavailable(detail: string): Refusal {
  return refusal(480, 'NO_USER_RESPONSE', 'Temporarily Unavailable', detail);
}

function campaignRefusal(campaign: Campaign, callerNumber: string, wallMs: number): Refusal | null {
  if (!campaign.isActive) return unavailable(`campaign ${campaign.name} is paused`);
  if (isBlocked(campaign.blockedCallers, callerNumber)) {
    return refusal(603, 'CALL_REJECTED', 'Decline', `the caller is blocked by campaign ${campaign.name}`);
  }
  if (campaign.schedule === null || isOpenAt(campaign.schedule, wallMs)) return null;
  const { timeZone } = campaign.schedule;
  const local = formatLocalTime(localTimeIn(timeZone, wallMs));
  return unavailable(`campaign ${campaign.name} is closed: it is ${local} in ${timeZone}`);
}

export interface AdmissionQuestion {
  /** Null when the called number could not be read as a number. */
  readonly calledNumber: E164 | null;
  /** As the trunk wrote it, for the log. */
  readonly calledUser: string;
  readonly callerNumber: string;
  readonly wallMs: number;
}

export function admit(configuration: Configuration, question: AdmissionQuestion): Admission {
  const { calledNumber, calledUser, callerNumber, wallMs } = question;
  const did = calledNumber === null ? undefined : configuration.didsByNumber.get(calledNumber);
  if (did === undefined) {
    const detail = `no DID ${calledNumber ?? JSON.stringify(calledUser.slice(0, 64))}`;
    return { kind: 'refused', did: null, refusal: refusal(404, 'UNALLOCATED_NUMBER', 'Not Found', detail) };
  }
  const refuse = (why: Refusal): Admission => ({ kind: 'refused', did, refusal: why });
  if (!did.isActive) return refuse(unavailable(`DID ${did.number} is paused`));
  const campaign = configuration.campaigns.get(did.campaignId);
  const source = configuration.sources.get(did.sourceId);
  if (campaign === undefined) return refuse(unavailable(`DID ${did.number} has no campaign`));
  if (source === undefined) return refuse(unavailable(`DID ${did.number} has no source`));
  if (!source.isActive) return refuse(unavailable(`source ${source.name} is paused`));
  const campaignSays = campaignRefusal(campaign, callerNumber, wallMs);
  return campaignSays === null ? { kind: 'admitted', did, campaign, source } : refuse(campaignSays);
}
