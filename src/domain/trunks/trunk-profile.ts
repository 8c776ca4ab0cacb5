/**
 * The profiles of carriers as data, and how a trunk gets its values: its own where the admin has set them, the profile's otherwise.
 * Sources of the figures stand in docs/trunks.md.
 */
import { networksOfCarrier } from './carrier-networks.js';
import type { Trunk, TrunkIdentity, TrunkProfileName, TrunkSettings } from './trunk.js';

const GENERIC: TrunkSettings = {
  sourceCidrs: [],
  gateways: [],
  callerId: { kind: 'pass-through', diversion: null },
  numberFormatIn: 'any',
  numberFormatOut: '+e164',
  codecs: ['PCMU', 'PCMA'],
  dtmf: 'rfc4733',
  srtp: 'off',
  callsPerSecond: null,
  paceScope: 'trunk',
  maxPaceWaitMs: 3_000,
  // RFC 3263 section 4.3: a time-out, a 503 or a transport error is the server's; other 5xx are told apart by nobody in practice.
  nextGatewayOn: ['408', '5xx'],
  silentAfterMs: 6_000,
  optionsProbe: { intervalMs: 30_000, timeoutMs: 4_000, downAfter: 3 },
  sessionTimer: null,
  attestationHeader: null,
  costPerMinute: { inboundMicros: 0, outboundMicros: 0 },
};

export const TRUNK_PROFILES: Readonly<Record<TrunkProfileName, TrunkSettings>> = {
  generic: GENERIC,
  telnyx: {
    ...GENERIC,
    sourceCidrs: networksOfCarrier('Telnyx'),
    gateways: [{ host: 'sip.telnyx.com', port: 5060, transport: 'udp', priority: 1, weight: 1 }],
    codecs: ['PCMU', 'PCMA', 'G722'],
    callsPerSecond: 20,
  },
  // The gateway is the customer's own domain, such as acme.pstn.twilio.com, so the profile has none.
  twilio: { ...GENERIC, sourceCidrs: networksOfCarrier('Twilio'), callsPerSecond: 1, paceScope: 'gateway' },
};

export const TRUNK_PROFILE_NAMES = Object.keys(TRUNK_PROFILES) as readonly TrunkProfileName[];
export const TRUNK_SETTING_NAMES = Object.keys(GENERIC) as readonly (keyof TrunkSettings)[];

/** What a trunk may say of itself; what it leaves out has the default of its profile, or of the product. */
export interface TrunkFields extends Partial<TrunkIdentity>, Partial<TrunkSettings> {
  readonly id: string;
  readonly profile?: TrunkProfileName;
}

export function composeTrunk({ profile = 'generic', ...fields }: TrunkFields): Trunk {
  const overrides = TRUNK_SETTING_NAMES.filter((name) => fields[name] !== undefined);
  const identity: TrunkIdentity = {
    id: fields.id,
    name: fields.name ?? fields.id,
    isActive: fields.isActive ?? true,
    defaultCountry: fields.defaultCountry ?? 'US',
    credentials: fields.credentials ?? null,
    maxInboundCalls: fields.maxInboundCalls ?? null,
    maxOutboundCalls: fields.maxOutboundCalls ?? null,
  };
  return { ...identity, ...TRUNK_PROFILES[profile], ...picked(fields, overrides), profile, overrides };
}

function picked(from: Partial<TrunkSettings>, names: readonly (keyof TrunkSettings)[]): Partial<TrunkSettings> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<TrunkSettings>;
}

/** What the admin has set, by itself. */
export function ownSettings(trunk: Trunk): Partial<TrunkSettings> {
  return picked(trunk, trunk.overrides);
}

/** What calls use, whoever decided it. */
export function settingsOf(trunk: Trunk): TrunkSettings {
  return picked(trunk, TRUNK_SETTING_NAMES) as TrunkSettings;
}

/** What a trunk has of its own, without the settings. */
export function identityOf({ id, name, isActive, defaultCountry, credentials, ...rest }: TrunkIdentity): TrunkIdentity {
  const { maxInboundCalls, maxOutboundCalls } = rest;
  return { id, name, isActive, defaultCountry, credentials, maxInboundCalls, maxOutboundCalls };
}
