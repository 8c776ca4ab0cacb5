/**
 * Where `${...}` looks: the channel's variables, its caller profile, the globals; and the few functions that a dialplan may
 * call. FreeSWITCH would run any API here; this switch runs those that only compute, so that no header can run a command.
 */
import { randomUUID } from 'node:crypto';
import { profileField } from './caller-profile.js';
import type { Channel } from './channel.js';
import type { ExpansionSource } from './channel-variables.js';
import { localStamp } from './event-bus.js';
import type { SwitchCore } from './switch-core.js';

export function expansionSource(core: SwitchCore, channel: Channel): ExpansionSource {
  return {
    variable: (name) => variableOf(core, channel, name),
    call: (name, argument) => FUNCTIONS[name.toLowerCase()]?.(argument, core) ?? null,
  };
}

/** `switch_channel_get_variable`: variables, then the profile, then the globals. */
export function variableOf(core: SwitchCore, channel: Channel, name: string): string | null {
  const own = channel.variables.get(name);
  if (own !== null) return own;
  const field = profileField(channel.profile, name);
  return field !== null && field !== '' ? field : (core.globals.get(name) ?? null);
}

const FUNCTIONS: Readonly<Record<string, (argument: string, core: SwitchCore) => string>> = {
  cond: (argument) => condition(argument),
  create_uuid: () => randomUUID(),
  global_getvar: (argument, core) => core.globals.get(argument) ?? '',
  hostname: (_argument, core) => core.events.hostname,
  strepoch: () => String(Math.floor(Date.now() / 1000)),
  strftime: (argument) => strftime(argument, new Date()),
  uuid_exists: (argument, core) => String(core.channels.locate(argument) !== null),
};

/** `cond(a == b ? yes : no)` with ==, !=, <, <=, >, >= over numbers or text. */
function condition(argument: string): string {
  const match = /^\s*(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*?)\s*\?\s*(.*?)\s*:\s*(.*?)\s*$/s.exec(argument);
  if (match === null) return '-ERR';
  const [, left = '', operator = '', right = '', whenTrue = '', whenFalse = ''] = match;
  return holds(bare(left), operator, bare(right)) ? bare(whenTrue) : bare(whenFalse);
}

function bare(text: string): string {
  return /^'.*'$/s.test(text) ? text.slice(1, -1) : text;
}

function holds(left: string, operator: string, right: string): boolean {
  const isNumber = /^-?\d+(\.\d+)?$/;
  const both = isNumber.test(left) && isNumber.test(right);
  const difference = both ? Number(left) - Number(right) : left.length - right.length;
  switch (operator) {
    case '==':
      return both ? difference === 0 : left === right;
    case '!=':
      return both ? difference !== 0 : left !== right;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    default:
      return difference >= 0;
  }
}

/** The conversions that file names use. */
function strftime(format: string, at: Date): string {
  const stamp = localStamp(at);
  const parts: Readonly<Record<string, string>> = {
    Y: stamp.slice(0, 4),
    m: stamp.slice(5, 7),
    d: stamp.slice(8, 10),
    H: stamp.slice(11, 13),
    M: stamp.slice(14, 16),
    S: stamp.slice(17, 19),
    T: stamp.slice(11, 19),
    F: stamp.slice(0, 10),
    s: String(Math.floor(at.getTime() / 1000)),
    '%': '%',
  };
  const text = format === '' ? '%Y-%m-%d %T' : format;
  return text.replaceAll(/%(.)/g, (match, letter: string) => parts[letter] ?? match);
}
