/**
 * One channel: a SIP leg as the event socket and the dialplan see it. Made by the SIP profile, driven by its loop
 * (channel-thread.ts), changed from outside by commands, which set state and wake the loop. It sends no SIP by itself:
 * that is its endpoint's.
 *
 * States as FreeSWITCH: CS_NEW -> CS_INIT -> CS_ROUTING -> CS_EXECUTE; from there to CS_PARK, CS_HIBERNATE -> CS_RESET ->
 * CS_SOFT_EXECUTE, CS_CONSUME_MEDIA, CS_EXCHANGE_MEDIA and back to CS_ROUTING or CS_EXECUTE; from any of them
 * CS_HANGUP -> CS_REPORTING -> CS_DESTROY, and never back.
 */
import type { CallerProfile } from './caller-profile.js';
import { addChannelHeaders, type ChannelCodec, type ChannelView } from './channel-headers.js';
import type { ActiveRecording, ChannelMedia } from './channel-media.js';
import { ChannelSignal } from './channel-signal.js';
import { CALL_STATES, type CallState, type ChannelFlag, type ChannelState, stateNumber } from './channel-state.js';
import { ChannelVariables } from './channel-variables.js';
import { type EventBus, epochMicros } from './event-bus.js';
import type { SwitchCause } from './hangup-causes.js';
import type { SwitchEvent } from './switch-event.js';

/** The SIP side of a channel. */
export interface ChannelEndpoint {
  /** Sends the 200 with our SDP. False: no common codec, or the call is gone. */
  answer(): Promise<boolean>;
  /** Sends the 183 with our SDP. */
  preAnswer(): Promise<boolean>;
  ringReady(): void;
  /** The channel reached CS_HANGUP: BYE or refusal, then the media goes. */
  hangUp(cause: SwitchCause): Promise<void>;
}

/** A command to run inside the channel: `sendmsg`, `uuid_broadcast`. Header names are lower case. */
export interface PrivateCommand {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Digit {
  readonly digit: string;
  readonly durationMs: number;
  readonly source: 'RTP' | 'ENDPOINT' | 'APP';
}

/** An application with its argument, still to be run. */
export interface DialplanStep {
  readonly application: string;
  readonly argument: string;
}

export interface ChannelOptions {
  readonly uuid: string;
  readonly name: string;
  readonly profile: CallerProfile;
  readonly events: EventBus;
  readonly endpoint: ChannelEndpoint;
}

/** Which handlers run instead of the standard ones: those of `uuid_bridge`, or those of the bridged side. */
export type StateOverride = 'none' | 'uuid-bridge' | 'bridge-peer';

/** DTMF digits that nobody takes are bounded, as FreeSWITCH bounds its queue. */
const MAX_DIGITS = 100;
const MAX_PRIVATE_COMMANDS = 100_000;

export class Channel implements ChannelView {
  readonly uuid: string;
  readonly name: string;
  readonly endpoint: ChannelEndpoint;
  readonly variables = new ChannelVariables();
  readonly flags = new Set<ChannelFlag>();
  readonly signal = new ChannelSignal();
  readonly commands: PrivateCommand[] = [];
  readonly digits: Digit[] = [];
  profile: CallerProfile;
  otherLeg: ChannelView['otherLeg'] = null;
  state: ChannelState = 'CS_NEW';
  runningState: ChannelState = 'CS_NONE';
  callState: CallState = 'DOWN';
  hangupCause: SwitchCause | null = null;
  codec: ChannelCodec | null = null;
  media: ChannelMedia | null = null;
  /** By the path that the command named. */
  readonly recordings = new Map<string, ActiveRecording>();
  steps: DialplanStep[] = [];
  /** What ran last, for `last_app` and `last_arg`. */
  lastStep: DialplanStep | null = null;
  stateOverride: StateOverride = 'none';
  /** 1: end what plays; 2: end the whole list. */
  breakLevel: 0 | 1 | 2 = 0;
  /** The channel whose bridge this one is in. */
  partner: Channel | null = null;
  /** CHANNEL_CREATE was fired and CHANNEL_DESTROY not yet: `show channels` lists it. */
  isListed = false;
  /** Digits in the order they were taken, for `digits_dialed`. */
  digitsDialed = '';
  readonly #events: EventBus;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #goneCallbacks = new Set<() => void>();

  constructor(options: ChannelOptions) {
    this.uuid = options.uuid;
    this.name = options.name;
    this.profile = options.profile;
    this.endpoint = options.endpoint;
    this.#events = options.events;
  }

  /** `switch_channel_down_nosig`. */
  get isDown(): boolean {
    return this.hangupCause !== null || stateNumber(this.state) >= stateNumber('CS_HANGUP');
  }

  /** `switch_channel_ready`: an application may go on. */
  get isReady(): boolean {
    const number = stateNumber(this.state);
    const isWorking = number > stateNumber('CS_ROUTING') && number < stateNumber('CS_RESET');
    return !this.isDown && isWorking && !this.flags.has('transfer') && this.state === this.runningState;
  }

  /** `switch_channel_media_ready`, without the check of the state. */
  get hasMedia(): boolean {
    return this.media !== null && (this.flags.has('answered') || this.flags.has('early-media'));
  }

  notify(): void {
    this.signal.notify();
    this.partner?.signal.notify();
  }

  setState(state: ChannelState): void {
    if (this.state === state) return;
    if (stateNumber(this.state) >= stateNumber('CS_HANGUP') && stateNumber(state) < stateNumber(this.state)) return;
    this.state = state;
    this.notify();
  }

  /** The loop has taken up a state: CHANNEL_STATE, and the call state that follows from it. */
  setRunningState(state: ChannelState): void {
    this.runningState = state;
    if (stateNumber(state) < stateNumber('CS_HANGUP')) {
      if (state === 'CS_ROUTING') this.setCallState('RINGING');
      else if (this.flags.has('answered')) this.setCallState('ACTIVE');
      else if (this.flags.has('early-media')) this.setCallState('EARLY');
    }
    this.fire('CHANNEL_STATE');
  }

  setCallState(callState: CallState): void {
    const original = this.callState;
    if (original === callState || original === 'HANGUP') return;
    this.callState = callState;
    this.#events.fire('CHANNEL_CALLSTATE', (event) => {
      event.add('Original-Channel-Call-State', original);
      event.add('Channel-Call-State-Number', CALL_STATES.indexOf(callState));
      addChannelHeaders(event, this);
    });
  }

  markAnswered(): void {
    if (this.isDown || this.flags.has('answered')) return;
    this.profile.times.answered = epochMicros();
    this.flags.add('answered');
    this.fire('CHANNEL_ANSWER');
    this.variables.set('endpoint_disposition', 'ANSWER');
    this.setCallState('ACTIVE');
    this.notify();
  }

  markEarlyMedia(): void {
    if (this.isDown || this.flags.has('answered') || this.flags.has('early-media')) return;
    this.flags.add('early-media');
    this.variables.set('endpoint_disposition', 'EARLY MEDIA');
    const { times } = this.profile;
    times.progressMedia = epochMicros();
    if (times.progress === 0) times.progress = times.progressMedia;
    this.setCallState('EARLY');
    this.fire('CHANNEL_PROGRESS_MEDIA');
    this.notify();
  }

  markRingReady(): void {
    if (this.isDown || this.flags.has('ring-ready') || this.flags.has('answered')) return;
    this.flags.add('ring-ready');
    this.profile.times.progress = epochMicros();
    this.fire('CHANNEL_PROGRESS');
    this.setCallState('RINGING');
  }

  /** `switch_channel_hangup`: the first cause stays. CHANNEL_HANGUP is fired here, the rest by the loop. */
  hangup(cause: SwitchCause): void {
    if (this.isDown) return;
    this.state = 'CS_HANGUP';
    this.hangupCause = cause;
    this.partner?.variables.set('last_bridge_hangup_cause', cause);
    const protocolCause = this.variables.get('proto_specific_hangup_cause');
    if (protocolCause !== null) this.partner?.variables.set('last_bridge_proto_specific_hangup_cause', protocolCause);
    if (this.flags.has('bridge-originator')) this.variables.set('last_bridge_role', 'originator');
    else if (this.flags.has('bridged')) this.variables.set('last_bridge_role', 'originatee');
    this.fire('CHANNEL_HANGUP');
    this.notify();
  }

  /** Fires an event of this channel: its headers, then what `fill` adds. */
  fire(name: string, fill?: (event: SwitchEvent) => void, subclass: string | null = null): void {
    this.#events.fire(
      name,
      (event) => {
        addChannelHeaders(event, this);
        fill?.(event);
      },
      subclass,
    );
  }

  /** Writes this channel into an event that is not its own: the application `event`, conferences. */
  addHeadersTo(event: SwitchEvent): void {
    addChannelHeaders(event, this);
  }

  queueCommand(command: PrivateCommand): boolean {
    if (this.commands.length >= MAX_PRIVATE_COMMANDS) return false;
    this.commands.push(command);
    this.notify();
    return true;
  }

  queueDigit(digit: Digit): void {
    if (this.digits.length >= MAX_DIGITS) this.digits.shift();
    this.digits.push(digit);
    this.notify();
  }

  /** Takes the next digit and fires DTMF: FreeSWITCH fires when a digit is taken, not when it arrives. */
  takeDigit(): Digit | null {
    const digit = this.digits.shift();
    if (digit === undefined) return null;
    if (this.digitsDialed.length < 1000) this.digitsDialed += digit.digit;
    this.fire('DTMF', (event) => {
      event.add('DTMF-Digit', digit.digit);
      event.add('DTMF-Duration', Math.round(digit.durationMs * 8));
      event.add('DTMF-Source', digit.source);
    });
    return digit;
  }

  /** `switch_channel_stop_broadcast`. */
  stopBroadcast(): void {
    if (!this.flags.has('broadcast')) return;
    this.breakLevel = 1;
    this.flags.add('stop-broadcast');
    this.notify();
  }

  /** Runs `fire` later unless the channel is gone before. The returned function takes it back. */
  schedule(delayMs: number, fire: () => void): () => void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        fire();
      },
      Math.min(Math.max(0, delayMs), 2 ** 31 - 1),
    );
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** Calls back once when the channel is gone. The returned function takes it back. */
  whenGone(callback: () => void): () => void {
    this.#goneCallbacks.add(callback);
    return () => {
      this.#goneCallbacks.delete(callback);
    };
  }

  timerCount(): number {
    return this.#timers.size;
  }

  /** The channel is gone: what it still holds is let go. */
  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const callback of [...this.#goneCallbacks]) callback();
    this.#goneCallbacks.clear();
    this.commands.length = 0;
    this.digits.length = 0;
    this.steps = [];
    this.partner = null;
  }
}
