/** Applications that set variables, and those that tell the outside something. */
import { separate } from '../argument-list.js';
import type { Application, ApplicationCall } from '../switch-core.js';
import { eventNameOf } from '../switch-event.js';

/** More pairs than these are not looked at, as in FreeSWITCH. */
const MAX_EVENT_PAIRS = 25;
const MAX_MULTISET = 256;

/**
 * `name=value`. FreeSWITCH expands the value a second time here; this switch does not, so that a header's value that came in
 * by the first expansion cannot name a variable or a function.
 */
function setOne({ channel }: ApplicationCall, pair: string): void {
  const separator = pair.includes('=') ? '=' : ',';
  const at = pair.indexOf(separator);
  const name = at === -1 ? pair : pair.slice(0, at);
  if (name.trim() !== '') channel.variables.set(name, at === -1 ? null : pair.slice(at + 1));
}

function multiset(call: ApplicationCall): void {
  const { argument } = call;
  const hasDelimiter = argument.startsWith('^^') && argument.length > 2;
  const delimiter = hasDelimiter ? (argument[2] ?? ' ') : ' ';
  const text = hasDelimiter ? argument.slice(3) : argument;
  for (const pair of text.split(delimiter).slice(0, MAX_MULTISET)) setOne(call, pair);
}

function exportOne(call: ApplicationCall): void {
  const { channel, argument } = call;
  setOne(call, argument.replace(/^nolocal:/, ''));
  const name = argument.split('=')[0] ?? '';
  const exports = channel.variables.get('export_vars');
  channel.variables.set('export_vars', exports === null ? name : `${exports},${name}`);
}

/** `Event-Name=CUSTOM,Event-Subclass=a::b,Header=value`. */
function fireEvent({ channel, core, argument }: ApplicationCall): void {
  const pairs: [name: string, value: string][] = [];
  for (const part of separate(argument, ',', MAX_EVENT_PAIRS)) {
    const at = part.indexOf('=');
    if (at > 0) pairs.push([part.slice(0, at).trim(), part.slice(at + 1).trim()]);
  }
  const givenValue = (wanted: string): string | undefined => pairs.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const name = eventNameOf(givenValue('event-name') ?? '') ?? 'CHANNEL_APPLICATION';
  const subclass = givenValue('event-subclass') ?? null;
  core.events.fire(
    name,
    (event) => {
      for (const [header, value] of pairs) event.add(header, value);
      channel.addHeadersTo(event);
    },
    subclass,
  );
}

function inlineApplication(name: string, run: (call: ApplicationCall) => void): Application {
  return { name, needsMedia: false, runsInline: true, run: async (call) => run(call) };
}

export const VARIABLES: readonly Application[] = [
  inlineApplication('set', (call) => setOne(call, call.argument)),
  inlineApplication('unset', ({ channel, argument }) => channel.variables.set(argument.trim(), null)),
  inlineApplication('multiset', multiset),
  inlineApplication('export', exportOne),
  inlineApplication('event', fireEvent),
  // The dialplan's log lines go nowhere: the switch writes no log of callers.
  inlineApplication('log', () => {}),
  inlineApplication('info', () => {}),
];
