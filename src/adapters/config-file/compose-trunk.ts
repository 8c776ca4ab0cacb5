/** Makes a trunk out of an entry whose shape has been checked: its own values in place of those of its profile. */
import { type E164, isE164 } from '../../domain/phone-number.js';
import type { CallerIdPolicy, Gateway, Trunk } from '../../domain/trunk.js';
import { composeTrunk, identityOf, ownSettings, type TrunkFields } from '../../domain/trunk-profile.js';
import { cidrOf } from './cidr.js';
import type { Entry } from './document-schema.js';

type TrunkEntry = Entry<'trunks'>;

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

/** A field that is null says "none"; one that is missing leaves the choice to the profile. */
export function buildTrunk({ sourceCidrs, gateways, callerId, ...entry }: TrunkEntry): Trunk {
  const fields = {
    ...entry,
    ...(sourceCidrs === undefined ? {} : { sourceCidrs: sourceCidrs.map((text) => cidrOf(text) ?? text) }),
    ...(gateways === undefined ? {} : { gateways: gateways.map(gatewayOf) }),
    ...(callerId === undefined ? {} : { callerId: callerIdOf(callerId) }),
  };
  return composeTrunk(fields as TrunkFields);
}

/** The entry again: what the profile decides is left out, so that it goes on deciding. */
export function trunkEntry(trunk: Trunk): object {
  return { ...identityOf(trunk), profile: trunk.profile, ...ownSettings(trunk) };
}
