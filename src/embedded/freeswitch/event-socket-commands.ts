/**
 * The commands of an event-socket connection, each with the reply that parse_command() of mod_event_socket.c gives. Called by the
 * connection, in order; `api` alone takes time.
 */
import { randomUUID } from 'node:crypto';
import { executeApi } from './api-runner.js';
import type { Channel } from './channel.js';
import { commandReply, type SocketCommand } from './event-socket-framing.js';
import type { EventSubscription } from './event-subscription.js';
import type { SwitchCore } from './switch-core.js';
import { eventNameOf } from './switch-event.js';

/** The channel that an outbound connection controls, and whether it may command more than that. */
export interface ControlledChannel {
  readonly channel: Channel;
  readonly isFull: boolean;
  readonly isAsync: boolean;
}

export interface CommandContext {
  readonly core: SwitchCore;
  readonly subscription: EventSubscription;
  readonly controlled: ControlledChannel | null;
  /** Writes a frame that is not a plain reply. */
  write(frame: string): void;
  /** `noevents` throws away what waits. */
  dropEvents(): void;
  /** Null: the connection ends with its channel; -1: lingers without end. */
  setLinger(seconds: number | null): void;
  /** The program has said `connect`. */
  connected(): void;
}

/** `linger` without a number waits for the program; this is how long at most. */
export const MAX_LINGER_SECONDS = 600;
const MAX_JOB_UUID_LENGTH = 256;

/** The text of the reply; null: the command has written its answer itself, or answers later. */
export function runSocketCommand(context: CommandContext, command: SocketCommand): string | null {
  const line = command.line.trim();
  const space = line.indexOf(' ');
  const word = (space === -1 ? line : line.slice(0, space)).toLowerCase();
  const rest = space === -1 ? '' : line.slice(space + 1).trim();
  const own = context.controlled === null ? undefined : runOwn(context, context.controlled, word, rest);
  if (own !== undefined) return own;
  switch (word) {
    case 'sendmsg':
      return sendMessage(context, rest, command);
    case 'filter':
      return rest === '' ? '-ERR command not found' : filter(context.subscription, rest);
    case 'myevents':
      return myEvents(context, rest);
    case 'divert_events':
      return '-ERR not controlling a session.';
    default:
      // An outbound connection without `full` can do nothing more.
      if (context.controlled !== null && !context.controlled.isFull) return '-ERR command not found';
      return runFull(context, word, rest, command);
  }
}

/** Commands of a connection that controls a channel; undefined: it is none of them. */
function runOwn(
  context: CommandContext,
  controlled: ControlledChannel,
  word: string,
  rest: string,
): string | null | undefined {
  const { channel } = controlled;
  switch (word) {
    case 'connect':
      context.write(channelData(context.core, controlled));
      context.connected();
      return null;
    case 'getvar':
      return channel.variables.get(rest) ?? '';
    case 'resume':
      channel.variables.set('socket_resume', 'true');
      return '+OK';
    case 'divert_events':
      return divertEvents(channel, rest);
    case 'linger': {
      const seconds = rest === '' ? -1 : Math.max(0, Math.min(Number.parseInt(rest, 10) || 0, MAX_LINGER_SECONDS));
      context.setLinger(seconds);
      return seconds === -1 ? '+OK will linger' : `+OK will linger ${seconds} seconds`;
    }
    case 'nolinger':
      context.setLinger(null);
      return '+OK will not linger';
    default:
      return undefined;
  }
}

function divertEvents(channel: Channel, rest: string): string {
  if (rest === '') return '-ERR missing value.';
  const isOn = rest.toLowerCase() === 'on';
  if (isOn) channel.flags.add('divert-events');
  else channel.flags.delete('divert-events');
  return isOn ? '+OK events diverted' : '+OK events not diverted';
}

function runFull(context: CommandContext, word: string, rest: string, command: SocketCommand): string | null {
  const { subscription } = context;
  const words = rest.split(' ').filter((part) => part !== '');
  switch (word) {
    case 'event':
    case 'events':
      return subscription.add(words)
        ? `+OK event listener enabled ${subscription.format}`
        : '-ERR no keywords supplied';
    case 'nixevent':
      return subscription.remove(words) ? '+OK events nixed' : '-ERR no keywords supplied';
    case 'noevents':
      context.dropEvents();
      return subscription.clear() ? '+OK no longer listening for events' : '-ERR not listening for events';
    case 'bgapi':
      if (rest === '') return '-ERR command not found';
      backgroundApi(context, rest, command);
      return null;
    case 'sendevent':
      return sendEvent(context.core, rest, command);
    case 'log':
      return log(subscription, rest);
    case 'nolog': {
      const wasLogging = subscription.isLogging;
      subscription.isLogging = false;
      return wasLogging ? '+OK no longer logging' : '-ERR not loging';
    }
    case 'linger':
    case 'nolinger':
      return '-ERR not controlling a session';
    default:
      return '-ERR command not found';
  }
}

/** Taken and answered; no log lines follow, as this switch writes none. */
function log(subscription: EventSubscription, level: string): string {
  if (level !== '' && !/^[0-9]$/.test(level)) return '-ERR invalid log level';
  subscription.isLogging = true;
  return `+OK log level ${level} [${level || 7}]`;
}

/** The answer to `connect`: the channel, and the profile once more under `Channel-`. */
function channelData(core: SwitchCore, { channel, isFull, isAsync }: ControlledChannel): string {
  const event = core.events.create('CHANNEL_DATA');
  channel.addHeadersTo(event);
  for (const [name, value] of [...event.headers()]) {
    if (name.startsWith('Caller-')) event.add(`Channel-${name.slice('Caller-'.length)}`, value);
  }
  event.add('Content-Type', 'command/reply').add('Reply-Text', '+OK\n');
  event.add('Socket-Mode', isAsync ? 'async' : 'static').add('Control', isFull ? 'full' : 'single-channel');
  return event.toPlain();
}

function filter(subscription: EventSubscription, rest: string): string {
  const [first = '', ...others] = rest.split(' ');
  const other = others.join(' ').trim();
  if (first.toLowerCase() === 'delete' && other !== '') {
    const [header = '', ...value] = other.split(' ');
    subscription.deleteFilter(header, value.length === 0 ? null : value.join(' '));
    return `+OK filter deleted. [${header}][${value.join(' ')}]`;
  }
  if (other === '') return '-ERR invalid syntax';
  const isAdd = first.toLowerCase() === 'add' && others.length > 1;
  const header = isAdd ? (others[0] ?? '') : first;
  const value = isAdd ? others.slice(1).join(' ') : other;
  subscription.addFilter(header, value);
  return `+OK filter added. [${header}]=[${value}]`;
}

function myEvents({ core, subscription, controlled }: CommandContext, rest: string): string {
  if (subscription.isMine) return '-ERR aready enabled.';
  const words = rest.split(' ').filter((part) => part !== '');
  const uuid = controlled?.channel.uuid ?? words.shift();
  if (uuid === undefined) return '-ERR command not found';
  const format = words.find((word) => /^(json|plain|xml)$/i.test(word))?.toLowerCase();
  if (format === 'json' || format === 'plain' || format === 'xml') subscription.format = format;
  // A uuid that nobody has lets the events of all channels pass, as in FreeSWITCH.
  subscription.addMyEvents(controlled !== null || core.channels.locate(uuid) !== null ? uuid : null);
  return '+OK Events Enabled';
}

function sendMessage({ core, controlled }: CommandContext, rest: string, command: SocketCommand): string {
  const uuid = rest !== '' ? rest : (command.headers.get('session-id') ?? '');
  const own = controlled?.channel;
  const isOwn = own !== undefined && (uuid === '' || uuid === own.uuid);
  const channel = isOwn ? own : core.channels.locate(uuid);
  if (channel === null || channel.isDown) return `-ERR invalid session id [${uuid}]`;
  return channel.queueCommand({ headers: command.headers, body: command.body }) ? '+OK' : '-ERR memory error';
}

/** Headers that only the switch may write. */
const OWN_HEADERS = /^(event-name|event-subclass|core-uuid|event-sequence|content-length)$/;

function sendEvent(core: SwitchCore, rest: string, command: SocketCommand): string {
  const uuid = randomUUID();
  const name = eventNameOf(rest) ?? 'CLONE';
  const subclass = name === 'CUSTOM' ? (command.headers.get('event-subclass') ?? null) : null;
  core.events.fire(
    name,
    (event) => {
      for (const [header, value] of command.headers) {
        if (!OWN_HEADERS.test(header)) event.add(header, value);
      }
      event.add('Event-UUID', uuid);
      if (command.body !== '') event.body = command.body;
    },
    subclass,
  );
  return `+OK ${uuid}`;
}

/** The reply says which job; its answer comes as BACKGROUND_JOB. */
function backgroundApi({ core, controlled, write }: CommandContext, text: string, command: SocketCommand): void {
  const jobUuid = command.headers.get('job-uuid')?.slice(0, MAX_JOB_UUID_LENGTH) ?? randomUUID();
  write(commandReply(`+OK Job-UUID: ${jobUuid}`, [`Job-UUID: ${jobUuid}`]));
  const space = text.indexOf(' ');
  const name = space === -1 ? text : text.slice(0, space);
  const argument = space === -1 ? null : text.slice(space + 1);
  executeApi(core, text)
    .then((answer) => {
      core.events.fire('BACKGROUND_JOB', (event) => {
        event.add('Job-UUID', jobUuid).add('Job-Owner-UUID', controlled?.channel.uuid ?? '');
        event.add('Job-Command', name).add('Job-Command-Arg', argument);
        event.body = answer;
      });
    })
    .catch((error: unknown) => core.reportBug(error));
}
