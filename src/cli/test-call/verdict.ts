/** Whether a test call did what a call is there for. Pure: from what the phone saw and heard and what the app wrote, sentences and one answer. */
import type { Call, CallOutcome } from '../../domain/calls/call.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry, TimelineStep } from '../../domain/calls/timeline.js';

export interface PhoneReport {
  /** Null: it was never answered. */
  readonly answeredAfterMs: number | null;
  /** The final status that refused it; null when none came. */
  readonly refusedWith: number | null;
  /** Level of a span of the call, ms since the INVITE; null when it was silent. */
  readonly levelDbfs: (fromMs: number, toMs: number) => number | null;
  readonly endedAtMs: number;
}

/** What the app says of the call, in its record or over its feed. */
export interface JudgedCall {
  readonly call: Pick<Call, 'callId' | 'outcome' | 'release'>;
  readonly timeline: readonly TimelineEntry[];
  readonly recordings: readonly Pick<Recording, 'state' | 'lostReason'>[];
}

export interface Verdict {
  readonly isGood: boolean;
  readonly sentences: readonly string[];
}

/** Speech and music are far above this, the noise of a codec far below. */
const AUDIBLE_DBFS = -50;
/** A packet is on its way for some time after the step that it belongs to. */
const MARGIN_MS = 100;

const REFUSALS: Readonly<Record<number, string>> = {
  403: 'the system lets this caller in nowhere',
  404: 'nobody owns this number, or its campaign is not there: see "ringpost export"',
  480: 'nobody takes calls for it now',
  486: 'it is busy',
  488: 'the offer has no codec in common',
  503: 'the app is not running, full, draining, or without a media server: see "ringpost doctor"',
};

/** The outcomes that a campaign is set up to have. Others mean that the caller went away unserved. */
const SERVED: readonly CallOutcome[] = ['sold', 'connected-unbilled', 'fallback-connected', 'voicemail', 'message'];

function whenOf(details: JudgedCall | null, ...steps: readonly TimelineStep[]): number | null {
  return details?.timeline.find(({ step }) => steps.includes(step))?.atMs ?? null;
}

interface Span {
  readonly what: string;
  readonly fromMs: number | null;
  readonly toMs: number;
}

function spansOf(details: JudgedCall | null, endedAtMs: number): readonly Span[] {
  const answered = whenOf(details, 'answered');
  const greeted = whenOf(details, 'greeted');
  const bridged = whenOf(details, 'bridged');
  const over = whenOf(details, 'unbridged', 'released') ?? endedAtMs;
  const greeting = whenOf(details, 'greeting') === null ? null : answered;
  return [
    { what: 'the greeting', fromMs: greeting, toMs: greeted ?? bridged ?? over },
    { what: 'the buyer', fromMs: bridged === null ? null : bridged + MARGIN_MS, toMs: over },
  ];
}

function judgeSpan(span: Span, report: PhoneReport): { readonly isGood: boolean; readonly sentence: string } | null {
  const { what, fromMs, toMs } = span;
  if (fromMs === null || toMs <= fromMs) return null;
  const level = report.levelDbfs(fromMs, toMs);
  const seconds = ((toMs - fromMs) / 1_000).toFixed(1);
  if (level === null || level < AUDIBLE_DBFS) return { isGood: false, sentence: `${what} was silent for ${seconds} s` };
  return { isGood: true, sentence: `${what} was heard for ${seconds} s at ${level.toFixed(1)} dBFS` };
}

function judgeRecord(details: JudgedCall): { readonly isGood: boolean; readonly sentence: string } {
  const { callId, outcome, release } = details.call;
  const lost = details.recordings.find(({ state }) => state === 'lost');
  const recording = lost === undefined ? '' : `, its recording is lost: ${lost.lostReason ?? 'nobody knows why'}`;
  const isServed = outcome !== null && SERVED.includes(outcome);
  const why = release === null ? '' : `, ended by the ${release.by}: ${release.detail}`;
  return {
    isGood: isServed && lost === undefined,
    sentence: `call record ${callId}: ${outcome ?? 'not closed'}${why}${recording}`,
  };
}

function judgeUnanswered({ refusedWith }: PhoneReport, details: JudgedCall | null): readonly string[] {
  if (refusedWith === null)
    return ['no answer came: nothing takes SIP there, or this machine belongs to the network of no trunk'];
  const detail = details?.call.release?.detail ?? REFUSALS[refusedWith] ?? 'see the log of the app';
  return [`the call was refused with ${refusedWith}: ${detail}`];
}

/** `details` is null where neither feed nor database tells of the call: then the phone's side is all there is. */
export function judgeTestCall(report: PhoneReport, details: JudgedCall | null, hasDatabase: boolean): Verdict {
  const { answeredAfterMs, endedAtMs } = report;
  if (answeredAfterMs === null) return { isGood: false, sentences: judgeUnanswered(report, details) };
  const judged = [{ isGood: true, sentence: `answered after ${Math.round(answeredAfterMs)} ms` }];
  if (details === null) {
    const whole = judgeSpan({ what: 'the other side', fromMs: answeredAfterMs, toMs: endedAtMs }, report);
    if (whole !== null) judged.push(whole);
    const sentence = hasDatabase
      ? 'the database has no record of it'
      : 'there is neither its database nor its feed here to read more from';
    judged.push({ isGood: !hasDatabase, sentence });
  } else {
    judged.push(...spansOf(details, endedAtMs).flatMap((span) => judgeSpan(span, report) ?? []), judgeRecord(details));
  }
  return { isGood: judged.every(({ isGood }) => isGood), sentences: judged.map(({ sentence }) => sentence) };
}
