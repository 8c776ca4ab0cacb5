/** Applications that answer, end and move a call. */
import { separate } from '../argument-list.js';
import { causeOf } from '../hangup-causes.js';
import { park } from '../park.js';
import { transferSession } from '../session-transfer.js';
import type { Application, ApplicationCall } from '../switch-core.js';

function application(name: string, run: (call: ApplicationCall) => Promise<void> | void): Application {
  return {
    name,
    needsMedia: false,
    runsInline: false,
    run: async (call) => {
      await run(call);
    },
  };
}

/** `[-bleg|-both] extension [dialplan [context]]`. */
function transfer({ core, channel, argument }: ApplicationCall): void {
  const words = separate(argument, ' ', 4);
  const option = words[0]?.toLowerCase();
  const isOther = option === '-bleg' || option === '-both';
  const [extension = '', dialplan, context] = isOther ? words.slice(1) : words;
  if (extension === '') return;
  const target = { extension, dialplan, context };
  const other = core.channels.locate(channel.variables.get('signal_bond') ?? '');
  if (isOther && other !== null) transferSession(core, other, target);
  if (!isOther || option === '-both') transferSession(core, channel, target);
}

/** Seconds from now with `+`, else seconds since the epoch; then the cause. */
export function secondsUntil(text: string): number | null {
  const match = /^(\+?)(\d+)/.exec(text.trim());
  if (match === null) return null;
  return match[1] === '+' ? Number(match[2]) : Math.max(0, Number(match[2]) - Math.floor(Date.now() / 1000));
}

function schedHangup({ channel, argument }: ApplicationCall): void {
  const [time = '', cause = 'ALLOTTED_TIMEOUT'] = separate(argument, ' ', 3);
  const seconds = secondsUntil(time);
  if (seconds === null) return;
  if (seconds === 0) channel.hangup(causeOf(cause));
  else channel.schedule(seconds * 1000, () => channel.hangup(causeOf(cause)));
}

function breakPlay({ channel, argument }: ApplicationCall): void {
  if (argument !== '' && argument.toLowerCase() !== 'all') channel.commands.length = 0;
  if (channel.flags.has('broadcast')) channel.stopBroadcast();
  else channel.breakLevel = 1;
}

export const CALL_CONTROL: readonly Application[] = [
  application('answer', async ({ channel }) => {
    await channel.endpoint.answer();
  }),
  application('pre_answer', async ({ channel }) => {
    await channel.endpoint.preAnswer();
  }),
  application('ring_ready', ({ channel }) => channel.endpoint.ringReady()),
  application('hangup', ({ channel, argument }) => channel.hangup(causeOf(argument))),
  application('park', ({ core, channel }) => park(core, channel)),
  application('transfer', transfer),
  application('sched_hangup', schedHangup),
  application('break', breakPlay),
  application('socket', ({ core, channel, argument }) => core.connectOut(channel, argument)),
  // This switch places no calls of its own: a bridge from the dialplan finds no route.
  application('bridge', ({ channel }) => {
    channel.variables.set('originate_disposition', 'CHAN_NOT_IMPLEMENTED');
    channel.variables.set('current_application_response', 'CHAN_NOT_IMPLEMENTED');
  }),
];
