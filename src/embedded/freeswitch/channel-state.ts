/** The states of a channel and of its call, in FreeSWITCH's order and with its names; values only. */

export const CHANNEL_STATES = [
  'CS_NEW',
  'CS_INIT',
  'CS_ROUTING',
  'CS_SOFT_EXECUTE',
  'CS_EXECUTE',
  'CS_EXCHANGE_MEDIA',
  'CS_PARK',
  'CS_CONSUME_MEDIA',
  'CS_HIBERNATE',
  'CS_RESET',
  'CS_HANGUP',
  'CS_REPORTING',
  'CS_DESTROY',
  'CS_NONE',
] as const;

export type ChannelState = (typeof CHANNEL_STATES)[number];

export function stateNumber(state: ChannelState): number {
  return CHANNEL_STATES.indexOf(state);
}

export const CALL_STATES = [
  'DOWN',
  'DIALING',
  'RINGING',
  'EARLY',
  'ACTIVE',
  'HELD',
  'RING_WAIT',
  'HANGUP',
  'UNHELD',
] as const;

export type CallState = (typeof CALL_STATES)[number];

/** What a channel is in the middle of. `broadcast` and the rest are the CF_ flags of the same name. */
export type ChannelFlag =
  | 'answered'
  | 'early-media'
  | 'ring-ready'
  | 'transfer'
  | 'redirect'
  | 'controlled'
  | 'park'
  | 'bridged'
  | 'bridge-originator'
  | 'uuid-bridge-originator'
  | 'broadcast'
  | 'stop-broadcast'
  | 'event-lock'
  | 'suspend'
  | 'reset'
  | 'timestamps-set'
  | 'divert-events'
  | 'third-party'
  | 'held-by-peer';
