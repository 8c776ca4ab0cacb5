/**
 * The caller profile of a channel: who calls, whom, where in the dialplan, and the time stamps of its life. Kept by the
 * channel, replaced at each transfer, written into every event under a prefix (`Caller-`, `Other-Leg-`).
 */
import { epochMicros } from './event-bus.js';
import type { SwitchEvent } from './switch-event.js';

/** Microseconds since the epoch; 0 for what has not happened. */
export interface ChannelTimes {
  profileCreated: number;
  created: number;
  answered: number;
  progress: number;
  progressMedia: number;
  hungUp: number;
  transferred: number;
  bridged: number;
  lastHold: number;
  holdAccum: number;
}

export interface CallerProfile {
  direction: 'inbound' | 'outbound';
  logicalDirection: 'inbound' | 'outbound';
  username: string;
  dialplan: string;
  callerIdName: string;
  callerIdNumber: string;
  calleeIdName: string;
  calleeIdNumber: string;
  networkAddress: string;
  ani: string;
  destinationNumber: string;
  uuid: string;
  source: string;
  transferSource: string;
  context: string;
  rdnis: string;
  channelName: string;
  profileIndex: string;
  times: ChannelTimes;
}

export function newTimes(): ChannelTimes {
  const now = epochMicros();
  return {
    profileCreated: now,
    created: now,
    answered: 0,
    progress: 0,
    progressMedia: 0,
    hungUp: 0,
    transferred: 0,
    bridged: 0,
    lastHold: 0,
    holdAccum: 0,
  };
}

/** A profile for the other leg, or the next one of this channel: the times go with it as a copy. */
export function cloneProfile(profile: CallerProfile): CallerProfile {
  return { ...profile, times: { ...profile.times } };
}

/** `switch_caller_profile_event_set_data`: empty fields are left out. */
export function addProfileHeaders(event: SwitchEvent, prefix: string, profile: CallerProfile): void {
  event.add(`${prefix}-Direction`, profile.direction).add(`${prefix}-Logical-Direction`, profile.logicalDirection);
  const fields: readonly (readonly [name: string, value: string])[] = [
    ['Username', profile.username],
    ['Dialplan', profile.dialplan],
    ['Caller-ID-Name', profile.callerIdName],
    ['Caller-ID-Number', profile.callerIdNumber],
    ['Orig-Caller-ID-Name', profile.callerIdName],
    ['Orig-Caller-ID-Number', profile.callerIdNumber],
    ['Callee-ID-Name', profile.calleeIdName],
    ['Callee-ID-Number', profile.calleeIdNumber],
    ['Network-Addr', profile.networkAddress],
    ['ANI', profile.ani],
    ['Destination-Number', profile.destinationNumber],
    ['Unique-ID', profile.uuid],
    ['Source', profile.source],
    ['Transfer-Source', profile.transferSource],
    ['Context', profile.context],
    ['RDNIS', profile.rdnis],
    ['Channel-Name', profile.channelName],
    ['Profile-Index', profile.profileIndex],
  ];
  for (const [name, value] of fields) {
    if (value !== '') event.add(`${prefix}-${name}`, value);
  }
  addTimes(event, prefix, profile.times);
  event
    .add(`${prefix}-Screen-Bit`, 'true')
    .add(`${prefix}-Privacy-Hide-Name`, 'false')
    .add(`${prefix}-Privacy-Hide-Number`, 'false');
}

function addTimes(event: SwitchEvent, prefix: string, times: ChannelTimes): void {
  event
    .add(`${prefix}-Profile-Created-Time`, times.profileCreated)
    .add(`${prefix}-Channel-Created-Time`, times.created)
    .add(`${prefix}-Channel-Answered-Time`, times.answered)
    .add(`${prefix}-Channel-Progress-Time`, times.progress)
    .add(`${prefix}-Channel-Progress-Media-Time`, times.progressMedia)
    .add(`${prefix}-Channel-Hangup-Time`, times.hungUp)
    .add(`${prefix}-Channel-Transfer-Time`, times.transferred)
    .add(`${prefix}-Channel-Resurrect-Time`, 0)
    .add(`${prefix}-Channel-Bridged-Time`, times.bridged)
    .add(`${prefix}-Channel-Last-Hold`, times.lastHold)
    .add(`${prefix}-Channel-Hold-Accum`, times.holdAccum);
}

/** `switch_caller_get_field_by_name`: what dialplan conditions and `${...}` may ask a profile for. */
export function profileField(profile: CallerProfile, name: string): string | null {
  switch (name.toLowerCase()) {
    case 'dialplan':
      return profile.dialplan;
    case 'username':
      return profile.username;
    case 'caller_id_name':
      return profile.callerIdName;
    case 'caller_id_number':
      return profile.callerIdNumber;
    case 'callee_id_name':
      return profile.calleeIdName;
    case 'callee_id_number':
      return profile.calleeIdNumber;
    case 'ani':
      return profile.ani;
    case 'network_addr':
      return profile.networkAddress;
    case 'rdnis':
      return profile.rdnis;
    case 'destination_number':
      return profile.destinationNumber;
    case 'uuid':
      return profile.uuid;
    case 'source':
      return profile.source;
    case 'transfer_source':
      return profile.transferSource;
    case 'context':
      return profile.context;
    case 'chan_name':
      return profile.channelName;
    default:
      return null;
  }
}
