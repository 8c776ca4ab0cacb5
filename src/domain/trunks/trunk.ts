/**
 * A carrier account: who may send us calls, and the gateways through which we dial buyers' numbers. The values that calls use are
 * those of the trunk's profile, with what the admin has set in their place; `trunk-profile.ts` puts the two together.
 */
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

/** `any` reads every form; the others read, or write, that form alone. */
export type NumberFormatIn = 'any' | NumberFormatOut;
export type NumberFormatOut = '+e164' | 'e164' | 'national';

export const CODECS = ['PCMU', 'PCMA', 'G722', 'G729', 'opus'] as const;
export type Codec = (typeof CODECS)[number];

/** How keys travel: RFC 4733 events, SIP INFO, or as tones in the audio, where nobody reads them for the timeline. */
export type DtmfKind = 'rfc4733' | 'info' | 'in-band';

/** Headers in which carriers say how a caller is attested, beside `verstat`. Anybody may write one, so it is read from a trunk that names it. */
export const ATTESTATION_HEADERS = ['X-Plivo-Stir-Verification', 'X-Twilio-VerStat'] as const;
export type AttestationHeader = (typeof ATTESTATION_HEADERS)[number];

/** RFC 4028, asked for in our INVITEs; who calls us is obeyed in any case. */
export interface SessionTimer {
  readonly expiresSeconds: number;
  readonly refresher: 'uac' | 'uas';
}

/** OPTIONS to each gateway: `downAfter` failures in a row take it out, one answer brings it back. */
export interface OptionsProbe {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly downAfter: number;
}

/** What the carrier takes for a minute of a call that comes from it, and of one that goes out through it; micro-units. */
export interface TrunkCost {
  readonly inboundMicros: number;
  readonly outboundMicros: number;
}

/** What a profile decides and a trunk may set for itself. */
export interface TrunkSettings {
  /** Source networks of its INVITEs in CIDR notation; carriers send no digest, so this is the only gate. */
  readonly sourceCidrs: readonly string[];
  readonly gateways: readonly Gateway[];
  readonly callerId: CallerIdPolicy;
  readonly numberFormatIn: NumberFormatIn;
  readonly numberFormatOut: NumberFormatOut;
  /** In the order of preference; what is not named is not offered and not accepted. */
  readonly codecs: readonly Codec[];
  readonly dtmf: DtmfKind;
  /** SDES (RFC 4568) on both directions of the trunk. */
  readonly srtp: 'off' | 'required';
  /** New outbound calls a second; null for no limit. */
  readonly callsPerSecond: number | null;
  /** Whether the carrier counts them for the whole trunk, or for each gateway by itself. */
  readonly paceScope: 'trunk' | 'gateway';
  /** A dial that would have to wait longer for its turn goes elsewhere. */
  readonly maxPaceWaitMs: number;
  /** Final answers after which the next gateway is tried: `408`, `5xx`. All others are the called party's and final. */
  readonly nextGatewayOn: readonly string[];
  /** No provisional answer for so long: the gateway is silent and the next one is tried; null waits for the ring time-out. */
  readonly silentAfterMs: number | null;
  readonly optionsProbe: OptionsProbe | null;
  readonly sessionTimer: SessionTimer | null;
  /** Goes before `verstat` when it says anything that is known; null reads none. */
  readonly attestationHeader: AttestationHeader | null;
  /** Of no profile: prices are agreed with each customer. */
  readonly costPerMinute: TrunkCost;
}

export type TrunkProfileName = 'generic' | 'telnyx' | 'twilio';

/** What every trunk has of its own. */
export interface TrunkIdentity {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  /** ISO 3166 country that national numbers of this trunk belong to. */
  readonly defaultCountry: string;
  readonly credentials: DigestCredentials | null;
  /** Largest number of calls at once from this trunk; null for no limit. */
  readonly maxInboundCalls: number | null;
  readonly maxOutboundCalls: number | null;
}

export interface Trunk extends TrunkIdentity, TrunkSettings {
  readonly profile: TrunkProfileName;
  /** What the admin has set; everything else follows the profile, also when a later version ships other values. */
  readonly overrides: readonly (keyof TrunkSettings)[];
}

/** How a leg through the trunk carries its audio. */
export type MediaPolicy = Pick<TrunkSettings, 'codecs' | 'dtmf' | 'srtp'>;

export function mediaPolicyOf({ codecs, dtmf, srtp }: Trunk): MediaPolicy {
  return { codecs, dtmf, srtp };
}

/** The networks from which calls may come at all: those of every trunk that is not paused. */
export function trustedNetworks(trunks: Iterable<Trunk>): readonly string[] {
  return [...trunks].filter((trunk) => trunk.isActive).flatMap((trunk) => trunk.sourceCidrs);
}
