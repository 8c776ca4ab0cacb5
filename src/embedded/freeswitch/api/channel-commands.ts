/** The `uuid_...` commands: each does one thing to one channel and answers with mod_commands' own words. */

import { secondsUntil } from '../applications/call-control.js';
import { separate } from '../argument-list.js';
import { bridgeByUuid } from '../bridge.js';
import type { Channel } from '../channel.js';
import { switchTrue } from '../channel-variables.js';
import { parseDigits } from '../digits.js';
import { variableOf } from '../expansion-functions.js';
import { causeOf } from '../hangup-causes.js';
import { parkSession, transferSession } from '../session-transfer.js';
import type { Api, ApiCall } from '../switch-core.js';

const NO_CHANNEL = '-ERR No such channel!\n';
const NO_SESSION = '-ERR Cannot locate session!\n';
const OK = '+OK\n';

function bridge({ core, argument }: ApiCall): string {
  const [first = '', second, third] = separate(argument, ' ', 4);
  if (second === undefined) return '-USAGE: <uuid> <other_uuid>\n';
  for (const other of [second, third]) {
    if (other !== undefined && bridgeByUuid(core, first, other)) return `+OK ${other}\n`;
  }
  return '-ERR Invalid uuid\n';
}

function setVariable({ core, argument }: ApiCall): string {
  const [uuid = '', name, value] = separate(argument, ' ', 3);
  if (name === undefined) return '-USAGE: <uuid> <var> [value]\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_CHANNEL;
  channel.variables.set(name, value ?? null);
  return OK;
}

function setVariables({ core, argument }: ApiCall): string {
  const usage = '-USAGE: <uuid> <var>=<value>;<var>=<value>...\n';
  const space = argument.indexOf(' ');
  // FreeSWITCH writes nothing here, which the event socket makes an error of.
  if (space === -1) return argument === '' ? usage : '';
  const channel = core.channels.locate(argument.slice(0, space));
  if (channel === null) return `${NO_CHANNEL}${usage}`;
  let count = 0;
  let text = '';
  for (const pair of separate(argument.slice(space + 1), ';', 64)) {
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (name === '') text += '-ERR No variable specified\n';
    else {
      channel.variables.setChecked(name, equals === -1 ? null : pair.slice(equals + 1));
      count += 1;
    }
  }
  return count > 0 ? `${text}${OK}` : `${text}${usage}`;
}

function getVariable({ core, argument }: ApiCall): string {
  const [uuid = '', name] = separate(argument, ' ', 4);
  if (name === undefined) return '-USAGE: <uuid> <var>\n';
  const channel = core.channels.locate(uuid);
  return channel === null ? NO_CHANNEL : (variableOf(core, channel, name) ?? '_undef_');
}

function dump({ core, argument }: ApiCall): string {
  const [uuid, format = 'txt'] = separate(argument, ' ', 2);
  if (uuid === undefined) return '-USAGE: <uuid> [format]\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_CHANNEL;
  const event = core.events.create('CHANNEL_DATA');
  channel.addHeadersTo(event);
  if (format.toLowerCase() === 'json') return event.toJson();
  // FreeSWITCH encodes for every format but `plain`.
  return event.toPlain(format.toLowerCase() !== 'plain');
}

function transfer({ core, argument }: ApiCall): string {
  const words = separate(argument, ' ', 5);
  const [uuid = '', destination] = words;
  if (destination === undefined) return '-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_CHANNEL;
  const option = destination.startsWith('-') ? destination.slice(1).toLowerCase() : null;
  const [extension = '', dialplan, context] = words.slice(option === null ? 1 : 2);
  const target = { extension, dialplan, context };
  const other = core.channels.locate(channel.variables.get('bridge_to') ?? '');
  let moved: Channel = channel;
  if (option === 'bleg' && other !== null) moved = other;
  if (option === 'both' && other !== null) {
    other.flags.add('redirect');
    channel.flags.add('redirect');
    transferSession(core, other, target);
  }
  return transferSession(core, moved, target) ? OK : '-ERR\n';
}

function kill({ core, argument }: ApiCall): string {
  if (argument === '') return '-USAGE: <uuid> [cause]\n';
  const [uuid = '', cause = ''] = separate(argument, ' ', 2);
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_CHANNEL;
  channel.hangup(causeOf(cause));
  return OK;
}

/** `uuid path|application::argument [aleg|bleg|both]`. */
function broadcast({ core, argument }: ApiCall): string {
  const [uuid = '', what, legs = 'aleg'] = separate(argument, ' ', 4);
  if (what === undefined) return '-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return '-ERR invalid uuid\n';
  const named = /^(.*?)::(.*)$/s.exec(what);
  const [application = 'playback', cause] = (named?.[1] ?? 'playback').split('!');
  const word = legs.toLowerCase();
  const both = word.includes('both');
  const other = core.channels.locate(channel.variables.get('signal_bond') ?? '');
  if (other !== null && (both || word.includes('bleg'))) queue(other, application, named?.[2] ?? what);
  if (both || word.includes('aleg')) queue(channel, application, named?.[2] ?? what);
  if (cause !== undefined) queue(channel, 'hangup', cause === '' ? 'normal_clearing' : cause);
  return '+OK Message sent\n';
}

function queue(channel: Channel, application: string, argument: string): void {
  const headers = new Map([
    ['call-command', 'execute'],
    ['execute-app-name', application],
    ['execute-app-arg', argument],
    ['event-lock', 'true'],
  ]);
  channel.queueCommand({ headers, body: '' });
}

function breakMedia({ core, argument }: ApiCall): string {
  const [uuid = '', flags = ''] = separate(argument, ' ', 2);
  if (uuid === '') return '-USAGE: <uuid> [all]\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_CHANNEL;
  const other = flags.includes('both') ? core.channels.locate(channel.variables.get('signal_bond') ?? '') : null;
  for (const one of other === null ? [channel] : [channel, other]) {
    if (flags.includes('all')) one.commands.length = 0;
    if (one.flags.has('broadcast')) one.stopBroadcast();
    else one.breakLevel = flags.includes('all') ? 2 : 1;
    one.notify();
  }
  return OK;
}

function park({ core, argument }: ApiCall): string {
  const channel = core.channels.locate(argument);
  if (channel === null) return NO_CHANNEL;
  parkSession(channel);
  return OK;
}

function digits({ core, argument }: ApiCall, isSent: boolean): string {
  const [uuid = '', text] = separate(argument, ' ', 2);
  if (text === undefined) return '-USAGE: <uuid> <dtmf_data>\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_SESSION;
  const parsed = parseDigits(text);
  if (parsed === null || (isSent && channel.media === null)) {
    return isSent ? '-ERR Operation failed\n' : '-USAGE: <uuid> <dtmf_data>\n';
  }
  if (isSent) channel.media?.session.sendDtmf(parsed.digits, parsed.durationMs);
  else {
    for (const digit of parsed.digits) channel.queueDigit({ digit, durationMs: parsed.durationMs, source: 'APP' });
  }
  return `+OK ${uuid} ${isSent ? 'sent' : 'received'} DTMF ${text}.\n`;
}

async function answer({ core, argument }: ApiCall, isEarly: boolean): Promise<string> {
  const channel = core.channels.locate(argument);
  if (channel === null) return '-ERROR\n';
  const isDone = isEarly ? await channel.endpoint.preAnswer() : await channel.endpoint.answer();
  return isDone ? OK : '-ERROR\n';
}

function schedHangup({ core, argument }: ApiCall): string {
  const [time = '', uuid = '', cause = 'ALLOTTED_TIMEOUT'] = separate(argument, ' ', 4);
  const seconds = secondsUntil(time);
  if (seconds === null) return '-USAGE: [+]<time> <uuid> [<cause>]\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_CHANNEL;
  if (seconds === 0) channel.hangup(causeOf(cause));
  else channel.schedule(seconds * 1000, () => channel.hangup(causeOf(cause)));
  return OK;
}

function mediaStats({ core, argument }: ApiCall): string {
  if (argument === '') return '-USAGE: <uuid>\n';
  return core.channels.locate(argument) === null ? `-ERR No such channel ${argument}!\n` : '+OK:\n';
}

/** Hold is the peers' affair here: they send re-INVITEs, and nothing else changes (disable-hold). */
function fileman({ core, argument }: ApiCall): string {
  const [uuid = '', command] = separate(argument, ' ', 2);
  if (command === undefined) return '-USAGE: <uuid> <cmd>:<val>\n';
  const channel = core.channels.locate(uuid);
  if (channel === null) return NO_CHANNEL;
  if (channel.media === null || channel.media.playCount() === 0) return '-ERR No file handle!\n';
  if (switchTrue(String(command.toLowerCase() === 'stop'))) channel.breakLevel = 1;
  channel.notify();
  return OK;
}

export const CHANNEL_COMMANDS: readonly (readonly [name: string, api: Api])[] = [
  ['uuid_bridge', bridge],
  ['uuid_setvar', setVariable],
  ['uuid_setvar_multi', setVariables],
  ['uuid_getvar', getVariable],
  ['uuid_dump', dump],
  ['uuid_transfer', transfer],
  ['uuid_kill', kill],
  ['uuid_exists', ({ core, argument }) => String(core.channels.locate(argument) !== null)],
  ['uuid_broadcast', broadcast],
  ['uuid_break', breakMedia],
  ['break', breakMedia],
  ['uuid_park', park],
  ['uuid_send_dtmf', (call) => digits(call, true)],
  ['uuid_recv_dtmf', (call) => digits(call, false)],
  ['uuid_answer', (call) => answer(call, false)],
  ['uuid_pre_answer', (call) => answer(call, true)],
  ['sched_hangup', schedHangup],
  ['uuid_set_media_stats', mediaStats],
  ['uuid_fileman', fileman],
  [
    'uuid_flush_dtmf',
    ({ core, argument }) => {
      const channel = core.channels.locate(argument);
      if (channel === null) return '-ERR No such session\n';
      channel.digits.length = 0;
      return OK;
    },
  ],
];
