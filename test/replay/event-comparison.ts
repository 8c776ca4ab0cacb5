/**
 * What of an event must be as the real FreeSWITCH wrote it: all that tells what happened, to whom and why. When it was, where in the
 * source, and what the audio's counters say is not compared.
 */
import type { EventFields } from './event-socket-wire.js';

const MAIN: readonly RegExp[] = [
  /^Event-(Name|Subclass)$/,
  /^(Application|Application-Data|Application-Response|Application-UUID)$/,
  /^(Answer-State|Channel-State|Channel-State-Number|Channel-Call-State|Original-Channel-Call-State)$/,
  /^(Hangup-Cause|Unique-ID|Call-Direction|Channel-Name|Other-Leg-Unique-ID|Bridge-[AB]-Unique-ID)$/,
  /^(Playback|Record)-/,
  /^DTMF-(Digit|Source)$/,
  /^(Job-UUID|Job-Command|Job-Command-Arg)$/,
  /^Caller-(Caller-ID-Name|Caller-ID-Number|Destination-Number|Unique-ID|Context|Network-Addr)$/,
  /^(Conference-Name|Action|Member-ID)$/,
  /^Ringpost-/,
  /^variable_sip_(from|to|req)_(user|uri|host)$/,
  /^variable_(sip_call_id|sip_user_agent|uuid|direction|channel_name|dtmf_type)$/,
  /^variable_(ringpost_|sip_h_|RECORD_|media_timeout|transfer_after_bridge|hangup_after_bridge|playback_terminators)/,
  /^variable_(read_result|read_terminator_used|hangup_cause|bridge_hangup_cause|sip_hangup_disposition)/,
  /^variable_(endpoint_disposition|signal_bond|bridge_uuid|last_bridge_to|sip_term_status|sip_term_cause|originating_leg)/,
];

/** Of those, what depends on how long something took. */
const MEASURED: readonly RegExp[] = [/^Record-.*(Ms|Samples|Seconds)$/i, /-(Time|Duration)$/];

/** Brings one value of this run to the transcript's words, beside the value that it is held against. */
export type Translate = (live: string, recorded: string) => string;

/** The sentences in which two events differ; headers are named with both their values. */
export function eventDifferences(recorded: EventFields, live: EventFields, translate: Translate): string[] {
  const differences: string[] = [];
  // A transcript of main headers alone says nothing of the others.
  const isWhole = recorded['Core-UUID'] !== undefined;
  for (const name of new Set([...Object.keys(recorded), ...(isWhole ? Object.keys(live) : [])])) {
    if (!MAIN.some((pattern) => pattern.test(name)) || MEASURED.some((pattern) => pattern.test(name))) continue;
    const was = valueIn(recorded, name);
    const is = valueIn(live, name);
    const before = was === undefined ? `${name} absent` : `${name}: ${was}`;
    const after = is === undefined ? `${name} absent` : translate(`${name}: ${is}`, before);
    if (before !== after) differences.push(`${after} (and not ${before})`);
  }
  return differences;
}

function valueIn(event: EventFields, name: string): string | undefined {
  const value = event[name];
  return value === undefined || typeof value === 'string' ? value : value.join('|:');
}
