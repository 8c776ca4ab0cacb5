/** The steps of one call in order. The live view, the call log and the demo print these and nothing else. */
export type TimelineStep =
  | 'received'
  | 'admitted'
  | 'caller-known'
  | 'caller-blocked'
  | 'ping-taken-up'
  | 'no-ping'
  | 'adopted'
  | 'refused'
  | 'answered'
  | 'greeting'
  | 'greeted'
  | 'flow'
  | 'plan'
  | 'auction-started'
  | 'ping'
  | 'auction-closed'
  | 'post'
  | 'dialing'
  | 'ringing'
  | 'buyer-answered'
  | 'buyer-accepted'
  | 'voicemail-drop'
  | 'buyer-failed'
  | 'buyer-let-go'
  | 'bridged'
  | 'recording-started'
  | 'recording-stopped'
  | 'recording-paused'
  | 'recording-resumed'
  | 'monitor'
  | 'agent'
  | 'moved'
  | 'unbridged'
  | 'recovered'
  | 'ending'
  | 'fallback'
  | 'hold'
  | 'consent'
  | 'voicemail'
  | 'voicemail-delivered'
  | 'voicemail-undelivered'
  | 'fax'
  | 'fax-received'
  | 'fax-failed'
  | 'fax-delivered'
  | 'fax-undelivered'
  | 'message'
  | 'dtmf'
  | 'alarm'
  | 'released'
  | 'billed'
  | 'recording-ready'
  | 'shadow';

export interface TimelineEntry {
  /** Milliseconds since the INVITE arrived, on a monotonic clock. */
  readonly atMs: number;
  readonly step: TimelineStep;
  /** A sentence for people. Caller numbers stand only in `data`. */
  readonly text: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}
