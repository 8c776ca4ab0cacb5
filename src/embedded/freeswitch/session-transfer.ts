/**
 * Sends a channel to another place in the dialplan: switch_ivr_session_transfer() and switch_ivr_park_session(). Called by the
 * `transfer` application, `uuid_transfer` and what follows a bridge.
 */
import { cloneProfile } from './caller-profile.js';
import type { Channel } from './channel.js';
import { epochMicros } from './event-bus.js';
import type { SwitchCore } from './switch-core.js';

export interface TransferTarget {
  readonly extension: string;
  readonly dialplan?: string | undefined;
  readonly context?: string | undefined;
}

/** FreeSWITCH's default for max_forwards; a dialplan that goes round in circles ends here. */
const MAX_TRANSFERS = 70;

/** False: too many transfers, the channel was hung up. */
export function transferSession(core: SwitchCore, channel: Channel, target: TransferTarget): boolean {
  const { variables, profile } = channel;
  const name = variables.get('max_session_transfers') === null ? 'max_forwards' : 'max_session_transfers';
  const left = variables.get(name) === null ? MAX_TRANSFERS : Number.parseInt(variables.get(name) ?? '0', 10) - 1;
  if (!(left > 0)) {
    channel.hangup('EXCHANGE_ROUTING_ERROR');
    return false;
  }
  variables.set(name, String(left));
  const next = cloneProfile(profile);
  const isInline = profile.dialplan.toLowerCase() === 'inline';
  next.dialplan = target.dialplan || (isInline ? '' : profile.dialplan) || 'XML';
  next.context = target.context || profile.context || 'default';
  next.destinationNumber = target.extension || 'service';
  next.rdnis = profile.destinationNumber;
  next.times.profileCreated = epochMicros();
  next.times.transferred = next.times.profileCreated;
  leavePartner(core, channel);
  channel.flags.add('transfer');
  channel.profile = next;
  // The other leg belonged to the profile that the channel leaves behind.
  channel.otherLeg = null;
  const source = `${Math.floor(Date.now() / 1000)}:${channel.uuid}:bl_xfer:${next.destinationNumber}/${next.context}/${next.dialplan}`;
  next.transferSource = source;
  variables.set('transfer_history', source);
  variables.set('transfer_source', source);
  channel.stateOverride = 'none';
  if (channel.isDown) return true;
  if (channel.state === 'CS_ROUTING') channel.notify();
  else channel.setState('CS_ROUTING');
  return true;
}

/** The bond to the other leg ends, so that neither hangs up because of the other. */
function leavePartner(core: SwitchCore, channel: Channel): void {
  const other = channel.variables.get('signal_bridge') ?? channel.variables.get('bridge_to');
  if (other !== null) core.channels.locate(other)?.variables.set('signal_bond', null);
  channel.variables.set('signal_bond', null);
}

export function parkSession(channel: Channel): void {
  if (channel.isDown) return;
  channel.flags.add('transfer');
  channel.setState('CS_PARK');
  channel.notify();
}

/** `transfer_after_bridge`: `extension:dialplan:context`, used once. */
export function transferAfterBridge(core: SwitchCore, channel: Channel, where: string): void {
  channel.variables.set('transfer_after_bridge', null);
  const [extension = '', dialplan, context] = where.split(':');
  transferSession(core, channel, { extension, dialplan, context });
}
