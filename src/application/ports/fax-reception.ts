/** What the flow asks of a leg that a fax machine is on. */
import type { FaxResult } from '../../domain/calls/fax.js';

export interface FaxRequest {
  /** Where the TIFF goes. */
  readonly path: string;
  readonly stationId: string | null;
}

/** Null when nobody can say: the far end left before the end, or the media server was lost. */
export type FaxReception = FaxResult | null;
