/**
 * Writes a channel into an event: `switch_channel_event_set_basic_data` and `_extended_data`. Called for every channel
 * event, `uuid_dump` and `connect`; it only reads.
 */
import { addProfileHeaders, type CallerProfile } from './caller-profile.js';
import { type CallState, type ChannelFlag, type ChannelState, stateNumber } from './channel-state.js';
import type { ChannelVariables } from './channel-variables.js';
import type { SwitchCause } from './hangup-causes.js';
import type { SwitchEvent } from './switch-event.js';

export interface ChannelCodec {
  /** `PCMU` or `PCMA`. */
  readonly name: string;
  readonly ptimeMs: number;
}

export interface ChannelView {
  readonly uuid: string;
  readonly name: string;
  readonly state: ChannelState;
  readonly runningState: ChannelState;
  readonly callState: CallState;
  readonly flags: ReadonlySet<ChannelFlag>;
  readonly variables: ChannelVariables;
  readonly profile: CallerProfile;
  readonly otherLeg: { readonly type: 'originator' | 'originatee'; readonly profile: CallerProfile } | null;
  readonly hangupCause: SwitchCause | null;
  readonly codec: ChannelCodec | null;
}

/** Events without variables; every other event of a channel carries them all. */
const BASIC_EVENTS = new Set(['CHANNEL_STATE', 'CHANNEL_CALLSTATE', 'DTMF', 'CHANNEL_APPLICATION', 'PRIVATE_COMMAND']);

export function addChannelHeaders(event: SwitchEvent, channel: ChannelView): void {
  addBasicHeaders(event, channel);
  if (!BASIC_EVENTS.has(event.name)) addVariables(event, channel.variables);
}

export function addVariables(event: SwitchEvent, variables: ChannelVariables): void {
  for (const { name, value } of variables.entries()) event.add(`variable_${name}`, value);
}

export function addBasicHeaders(event: SwitchEvent, channel: ChannelView): void {
  event
    .add('Channel-State', channel.runningState)
    .add('Channel-Call-State', channel.callState)
    .add('Channel-State-Number', stateNumber(channel.state))
    .add('Channel-Name', channel.name)
    .add('Unique-ID', channel.uuid)
    .add('Call-Direction', 'inbound')
    .add('Presence-Call-Direction', 'inbound')
    .add('Channel-HIT-Dialplan', 'true')
    .add('Channel-Presence-ID', channel.variables.get('presence_id'))
    .add('Channel-Call-UUID', channel.variables.get('call_uuid') ?? channel.uuid)
    .add('Answer-State', answerState(channel))
    .add('Hangup-Cause', channel.hangupCause);
  addCodec(event, channel.codec);
  addProfileHeaders(event, 'Caller', channel.profile);
  if (channel.otherLeg !== null) {
    event.add('Other-Type', channel.otherLeg.type);
    addProfileHeaders(event, 'Other-Leg', channel.otherLeg.profile);
  }
}

function answerState(channel: ChannelView): string {
  if (channel.hangupCause !== null || stateNumber(channel.state) >= stateNumber('CS_HANGUP')) return 'hangup';
  if (channel.flags.has('answered')) return 'answered';
  return channel.flags.has('early-media') ? 'early' : 'ringing';
}

function addCodec(event: SwitchEvent, codec: ChannelCodec | null): void {
  if (codec === null) return;
  for (const way of ['Read', 'Write']) {
    event
      .add(`Channel-${way}-Codec-Name`, codec.name)
      .add(`Channel-${way}-Codec-Rate`, '8000')
      .add(`Channel-${way}-Codec-Bit-Rate`, '64000');
  }
}
