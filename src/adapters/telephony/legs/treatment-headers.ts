/**
 * What the dialplan is told with the INVITE, so that it goes on when the app is gone: freeswitch-conf/dialplan/ringpost.xml reads these
 * names. All values are our own; none is ever the caller's.
 */
import type { AcceptPrompt, CallerTreatment, DialRequest } from '../../../application/ports/telephony.js';
import { isPlayable } from '../event-socket/event-socket-command.js';

export class TreatmentRefusedError extends Error {
  override readonly name = 'TreatmentRefusedError';
  constructor(header: string) {
    super(`${header} has characters that FreeSWITCH would not take`);
  }
}

const ID_FORM = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Throws TreatmentRefusedError. */
export function callerHeaders(treatment: CallerTreatment): Record<string, string> {
  return {
    'X-Ringpost-Call-Id': identifier(treatment.callId),
    'X-Ringpost-Hold-Music': playable('X-Ringpost-Hold-Music', treatment.holdMusicPath),
    'X-Ringpost-Hold-Loops': count(treatment.holdLoops),
    'X-Ringpost-Media-Timeout-Ms': count(treatment.mediaTimeoutMs),
    ...optional('X-Ringpost-Consent', treatment.consentPath),
    ...optional('X-Ringpost-Greeting', treatment.greetingPath),
    ...optional('X-Ringpost-Unfetched', treatment.apologyPath),
    ...optional('X-Ringpost-Ending', treatment.endingPath),
    ...optional('X-Ringpost-Record', treatment.recordPath),
    ...(treatment.flowWaitMs === undefined ? {} : { 'X-Ringpost-Flow-Wait-Ms': count(treatment.flowWaitMs) }),
  };
}

/**
 * For a caller whose FreeSWITCH has gone: greeted again when he was not yet, else on hold at once. Without a treatment, as after an
 * adoption, the dialplan's own ringing stands in for the music. A recording goes on by command.
 */
export function movedCallerHeaders(
  callId: string,
  treatment: CallerTreatment | null,
  isGreeted: boolean,
): Record<string, string> {
  if (treatment === null) return { 'X-Ringpost-Call-Id': identifier(callId), 'X-Ringpost-Silence-Ms': '20' };
  const said = isGreeted ? { consentPath: null, greetingPath: null } : {};
  return { ...callerHeaders({ ...treatment, ...said, recordPath: null }), 'X-Ringpost-Silence-Ms': '20' };
}

export const NOTHING_SAID = { whisperPath: null, acceptPrompt: null } as const;

/** Throws TreatmentRefusedError. */
export function buyerHeaders(
  callId: string,
  said: Pick<DialRequest, 'whisperPath' | 'acceptPrompt'>,
  mediaTimeoutMs: number,
): Record<string, string> {
  return {
    'X-Ringpost-Call-Id': identifier(callId),
    'X-Ringpost-Media-Timeout-Ms': count(mediaTimeoutMs),
    ...optional('X-Ringpost-Whisper', said.whisperPath),
    ...(said.acceptPrompt === null ? {} : { 'X-Ringpost-Accept': acceptValue(said.acceptPrompt) }),
  };
}

/** The key and the file that asks for it, as the dialplan takes them apart. Throws TreatmentRefusedError. */
export function acceptValue({ digit, path }: AcceptPrompt): string {
  if (!/^[0-9*#]$/.test(digit)) throw new TreatmentRefusedError('X-Ringpost-Accept');
  return `${digit}:${playable('X-Ringpost-Accept', path)}`;
}

/** A leg that listens to one channel, or whispers into it what comes; see ear-pair.ts. Throws TreatmentRefusedError. */
export function earHeaders(callId: string, channelId: string, does: 'listen' | 'whisper'): Record<string, string> {
  return {
    'X-Ringpost-Call-Id': identifier(callId),
    'X-Ringpost-Monitored': identifier(channelId),
    'X-Ringpost-Ear': does,
  };
}

function identifier(value: string): string {
  if (!ID_FORM.test(value)) throw new TreatmentRefusedError('X-Ringpost-Call-Id');
  return value;
}

function playable(header: string, path: string): string {
  if (!isPlayable(path)) throw new TreatmentRefusedError(header);
  return path;
}

function optional(header: string, path: string | null): Record<string, string> {
  return path === null ? {} : { [header]: playable(header, path) };
}

function count(value: number): string {
  return String(Math.max(1, Math.min(Math.trunc(value) || 1, 86_400_000)));
}
