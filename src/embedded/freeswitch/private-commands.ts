/**
 * Runs the commands that were queued for a channel (`sendmsg`, `uuid_broadcast`) inside whatever the channel is doing:
 * switch_ivr_parse_event(). Called by every loop in which a channel waits.
 */
import { executeApplication } from './application-runner.js';
import type { Channel, PrivateCommand } from './channel.js';
import { switchTrue } from './channel-variables.js';
import { causeOf } from './hangup-causes.js';
import type { SwitchCore } from './switch-core.js';

/** A loop that would spin is cut as FreeSWITCH cuts it: a round shorter than this ends the loops. */
const SHORTEST_ROUND_MS = 500;

/** Runs all commands that may run now; those behind an event lock wait until the locked one is done. */
export async function runPrivateCommands(core: SwitchCore, channel: Channel): Promise<void> {
  while (await runNextPrivateCommand(core, channel));
}

/** Whether a command waits that may run now. */
export function hasRunnableCommand(channel: Channel): boolean {
  return channel.commands.length > 0 && !channel.flags.has('event-lock');
}

export async function runNextPrivateCommand(core: SwitchCore, channel: Channel): Promise<boolean> {
  if (!hasRunnableCommand(channel)) return false;
  const command = channel.commands.shift();
  if (command === undefined) return false;
  const locks = switchTrue(command.headers.get('event-lock'));
  if (locks) channel.flags.add('event-lock');
  try {
    await runCommand(core, channel, command);
  } finally {
    if (locks) channel.flags.delete('event-lock');
  }
  channel.fire('PRIVATE_COMMAND');
  return true;
}

async function runCommand(core: SwitchCore, channel: Channel, command: PrivateCommand): Promise<void> {
  switch (command.headers.get('call-command')?.toLowerCase()) {
    case 'execute':
      return runExecute(core, channel, command);
    case 'hangup':
      return channel.hangup(causeOf(command.headers.get('hangup-cause') ?? ''));
    default:
      return;
  }
}

async function runExecute(core: SwitchCore, channel: Channel, command: PrivateCommand): Promise<void> {
  const application = command.headers.get('execute-app-name');
  if (application === undefined || application === '') return;
  const { flags } = channel;
  flags.delete('stop-broadcast');
  // `inner`: inside another broadcast and not in a bridge; then the outer one keeps its flag.
  const isInner = !flags.has('bridged') && flags.has('broadcast');
  flags.add('broadcast');
  await runLoops(core, channel, command, application);
  channel.variables.set('current_loop', null);
  channel.variables.set('total_loops', null);
  if (!isInner) flags.delete('broadcast');
  if (flags.has('stop-broadcast')) {
    flags.delete('broadcast');
    channel.breakLevel = 1;
  }
}

async function runLoops(core: SwitchCore, channel: Channel, command: PrivateCommand, name: string): Promise<void> {
  const { headers } = command;
  const loops = Number.parseInt(headers.get('loops') ?? '1', 10) || 1;
  const textBody = headers.get('content-type')?.toLowerCase() === 'text/plain' ? command.body : '';
  const argument = headers.get('execute-app-arg') || textBody;
  for (let round = 1; loops < 0 || round <= loops; round += 1) {
    channel.variables.set('current_loop', String(round));
    channel.variables.set('total_loops', String(loops));
    const startedMs = performance.now();
    const result = await executeApplication(core, channel, name, argument === '' ? null : argument, {
      applicationUuid: headers.get('event-uuid'),
      applicationUuidName: headers.get('event-uuid-name'),
    });
    if (result !== 'done') return;
    const isShort = performance.now() - startedMs < SHORTEST_ROUND_MS;
    if (!channel.isReady || channel.flags.has('stop-broadcast') || isShort) return;
  }
}
