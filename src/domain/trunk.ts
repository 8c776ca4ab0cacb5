/** A carrier account: who may send us calls, and the gateways through which we dial buyers' numbers. */
import type { E164 } from './phone-number.js';

export interface Gateway {
  /** IP literal or host name. */
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Lower is tried first. */
  readonly priority: number;
  readonly weight: number;
}

export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
}

/** `own`: our number in From. `pass-through`: the caller's number in From, ours in Diversion and P-Asserted-Identity. */
export type CallerIdPolicy =
  | { readonly kind: 'own'; readonly number: E164 }
  | { readonly kind: 'pass-through'; readonly diversion: E164 | null };

export interface Trunk {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  /** Source networks of its INVITEs in CIDR notation; carriers send no digest, so this is the only gate. */
  readonly sourceCidrs: readonly string[];
  readonly gateways: readonly Gateway[];
  /** ISO 3166 country that national numbers of this trunk belong to. */
  readonly defaultCountry: string;
  readonly credentials: DigestCredentials | null;
  readonly callerId: CallerIdPolicy;
  /** Largest number of calls at once from this trunk; null for no limit. */
  readonly maxInboundCalls: number | null;
  readonly maxOutboundCalls: number | null;
}

/** The networks from which calls may come at all: those of every trunk that is not paused. */
export function trustedNetworks(trunks: Iterable<Trunk>): readonly string[] {
  return [...trunks].filter((trunk) => trunk.isActive).flatMap((trunk) => trunk.sourceCidrs);
}
