/** Where drachtio is and what the link to it works with. */
import type { Clock } from '../../../application/ports/clock.js';
import type { LoopWatch } from '../../../application/ports/loop-watch.js';
import type { Deadlines } from '../deadlines.js';
import type { Log } from '../log.js';

export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly tags?: readonly string[];
  /** The embedded switch forgets an app with its connection; absent: looked after by dead-app-watch.ts. */
  readonly forgetsDeadApps?: boolean;
  /** Refused at start, see PlainTextReconnectError. */
  readonly tls?: unknown;
}

export interface DrachtioLinkOptions {
  readonly drachtio: DrachtioAddress;
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines: Deadlines;
  /** Absent: the event loop counts as never standing still. */
  readonly loopWatch?: LoopWatch;
}
