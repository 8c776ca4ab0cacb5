/** Asks a gateway whether it is there: OPTIONS outside a dialog (RFC 3261 section 11). */
import type { Gateway } from '../../domain/trunks/trunk.js';

export type ProbeAnswer =
  | { readonly kind: 'answered'; readonly sipStatus: number; readonly latencyMs: number }
  /** Nothing within the limit, or it could not be sent. */
  | { readonly kind: 'silent'; readonly detail: string };

export interface GatewayProbe {
  /** Never rejects; settles within the limit. */
  probe(gateway: Gateway, timeoutMs: number): Promise<ProbeAnswer>;
}
