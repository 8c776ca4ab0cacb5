/** What the parts of the adapter share: time, log, limits, the link to drachtio, the media servers and the legs that are up. */
import type { Clock } from '../../application/ports/clock.js';
import type { Deadlines } from './deadlines.js';
import type { DrachtioLink } from './drachtio/drachtio-link.js';
import type { LegTable } from './legs/leg-table.js';
import type { Log } from './log.js';
import type { MediaServers } from './media-servers/media-servers.js';

export interface TelephonyContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines: Deadlines;
  readonly drachtio: DrachtioLink;
  readonly mediaServers: MediaServers;
  readonly legs: LegTable;
  /** Silence of a far end that talks, after which FreeSWITCH ends its leg, in ms. */
  readonly mediaTimeoutMs: number;
}
