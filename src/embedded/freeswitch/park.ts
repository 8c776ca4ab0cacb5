/**
 * Keeps a channel waiting for commands: switch_ivr_park(). Used by the state CS_PARK, the `park` application and outbound
 * event sockets. Ends when somebody transfers, bridges or hangs up the channel, or lets it go.
 */
import type { Channel } from './channel.js';
import { causeOf } from './hangup-causes.js';
import { hasRunnableCommand, runPrivateCommands } from './private-commands.js';
import type { SwitchCore } from './switch-core.js';

export async function park(core: SwitchCore, channel: Channel): Promise<void> {
  const { flags } = channel;
  if (flags.has('controlled') || channel.state === 'CS_RESET') return;
  const cancelTimeout = startParkTimeout(channel);
  flags.add('controlled');
  flags.add('park');
  channel.fire('CHANNEL_PARK');
  try {
    while (channel.isReady && flags.has('controlled') && flags.has('park')) {
      await runPrivateCommands(core, channel);
      while (channel.digits.length > 0) channel.takeDigit();
      if (channel.isReady && flags.has('park') && !hasRunnableCommand(channel)) await channel.signal.wait();
    }
  } finally {
    cancelTimeout();
    flags.delete('controlled');
    flags.delete('park');
    channel.fire('CHANNEL_UNPARK');
  }
}

/** `park_timeout`: seconds, and after a colon the cause to hang up with. It is used once. */
function startParkTimeout(channel: Channel): () => void {
  const { variables } = channel;
  const text = variables.get('park_timeout');
  if (text === null) return () => {};
  variables.set('park_timeout', null);
  variables.set('park_after_bridge', null);
  const [seconds = '', cause = ''] = text.split(':');
  const timeoutSeconds = Number.parseInt(seconds, 10);
  if (!(timeoutSeconds >= 0)) return () => {};
  return channel.schedule(timeoutSeconds * 1000, () => channel.hangup(causeOf(cause)));
}
