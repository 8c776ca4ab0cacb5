/** Makes a trunk out of an entry whose shape has been checked: its own values in place of those of its profile. */
import { type E164, isE164 } from '../../domain/trunks/phone-number.js';
import type { CallerIdPolicy, Gateway, Trunk, TrunkCost } from '../../domain/trunks/trunk.js';
import { composeTrunk, identityOf, ownSettings, type TrunkFields } from '../../domain/trunks/trunk-profile.js';
import { cidrOf } from './cidr.js';
import type { Entry } from './document-schema.js';
import { microsOf, unitsOf } from './micros.js';

type TrunkEntry = Entry<'trunks'>;

interface CostEntry {
  readonly inbound?: number;
  readonly outbound?: number;
}

function numberOf(text: string): E164 {
  if (!isE164(text)) throw new TypeError('a number that is not in E.164 form passed the schema');
  return text;
}

function callerIdOf(entry: NonNullable<TrunkEntry['callerId']>): CallerIdPolicy {
  if (entry.kind === 'own') return { kind: 'own', number: numberOf(entry.number) };
  const { diversion } = entry;
  return { kind: 'pass-through', diversion: typeof diversion === 'string' ? numberOf(diversion) : null };
}

function gatewayOf(entry: NonNullable<TrunkEntry['gateways']>[number]): Gateway {
  const { host, port, transport = 'udp', priority = 1, weight = 1 } = entry;
  // RFC 3261 section 19.1.2: 5061 for TLS.
  return { host, port: port ?? (transport === 'tls' ? 5_061 : 5_060), transport, priority, weight };
}

function costOf({ inbound = 0, outbound = 0 }: CostEntry): TrunkCost {
  return { inboundMicros: microsOf(inbound), outboundMicros: microsOf(outbound) };
}

/** A field that is null says "none"; one that is missing leaves the choice to the profile. */
export function buildTrunk({ sourceCidrs, gateways, callerId, costPerMinute, ...entry }: TrunkEntry): Trunk {
  const fields = {
    ...entry,
    ...(sourceCidrs === undefined ? {} : { sourceCidrs: sourceCidrs.map((text) => cidrOf(text) ?? text) }),
    ...(gateways === undefined ? {} : { gateways: gateways.map(gatewayOf) }),
    ...(callerId === undefined ? {} : { callerId: callerIdOf(callerId) }),
    ...(costPerMinute === undefined ? {} : { costPerMinute: costOf(costPerMinute) }),
  };
  return composeTrunk(fields as TrunkFields);
}

/** The entry again: what the profile decides is left out, so that it goes on deciding. */
export function trunkEntry(trunk: Trunk): object {
  const { costPerMinute, ...settings } = ownSettings(trunk);
  if (costPerMinute === undefined) return { ...identityOf(trunk), profile: trunk.profile, ...settings };
  const { inboundMicros, outboundMicros } = costPerMinute;
  const cost = { inbound: unitsOf(inboundMicros), outbound: unitsOf(outboundMicros) };
  return { ...identityOf(trunk), profile: trunk.profile, ...settings, costPerMinute: cost };
}
