/** Where each step of a call is announced while it happens: the log, the demo's terminal, later the live feed. */
import type { Call } from '../../domain/calls/call.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';

export interface CallEvents {
  stepped(call: Call, entry: TimelineEntry): void;
  /** The call record reached its terminal state and is durable. */
  closed(call: Call): void;
  /** INVITEs that got no answer at all, because nobody knows their source address. */
  unknownSource(address: string): void;
  /** Something that an operator has to mend, such as a missing prompt file. */
  alarm(kind: string, sentence: string): void;
}
