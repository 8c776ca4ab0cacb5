/**
 * The loop that runs one channel from its first state to its end: switch_core_session_run() and the standard state handlers.
 * Started by the SIP profile once for each channel. It is the only place that changes what a channel executes, so an
 * application never runs beside another on the same channel.
 */
import { executeApplication } from './application-runner.js';
import { exchangeMedia, softExecuteBridge } from './bridge.js';
import type { Channel } from './channel.js';
import type { ChannelState } from './channel-state.js';
import { setTimestamps } from './channel-times.js';
import { epochMicros } from './event-bus.js';
import { causeQ850 } from './hangup-causes.js';
import { park } from './park.js';
import { hasRunnableCommand, runPrivateCommands } from './private-commands.js';
import { stopAllRecordings } from './recordings.js';
import type { SwitchCore } from './switch-core.js';

/** Resolves when the channel is gone from the table and holds nothing any more. Never rejects. */
export async function runChannel(core: SwitchCore, channel: Channel): Promise<void> {
  while (channel.state !== 'CS_DESTROY') {
    const { state } = channel;
    if (state !== channel.runningState) {
      channel.setRunningState(state);
      channel.flags.delete('transfer');
      channel.flags.delete('redirect');
      await guarded(core, channel, () => handleState(core, channel, state));
    } else {
      await guarded(core, channel, () => runPrivateCommands(core, channel));
      if (channel.state === channel.runningState && !hasRunnableCommand(channel)) await channel.signal.wait();
    }
  }
  destroy(core, channel);
}

/** A mistake of ours ends the channel it happened on, and nothing else. */
async function guarded(core: SwitchCore, channel: Channel, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    core.reportBug(error);
    if (channel.state === 'CS_HANGUP' || channel.state === 'CS_REPORTING') channel.setState('CS_DESTROY');
    else channel.hangup('DESTINATION_OUT_OF_ORDER');
  }
}

async function handleState(core: SwitchCore, channel: Channel, state: ChannelState): Promise<void> {
  switch (state) {
    case 'CS_INIT':
      return initialise(channel);
    case 'CS_ROUTING':
      return route(core, channel);
    case 'CS_EXECUTE':
      return execute(core, channel);
    case 'CS_PARK':
      return park(core, channel);
    case 'CS_CONSUME_MEDIA':
    case 'CS_HIBERNATE':
      if (channel.stateOverride === 'uuid-bridge') channel.setState('CS_RESET');
      return;
    case 'CS_RESET':
      return reset(channel);
    case 'CS_SOFT_EXECUTE':
      if (channel.stateOverride === 'uuid-bridge') await softExecuteBridge(core, channel);
      return;
    case 'CS_EXCHANGE_MEDIA':
      return exchangeMedia(core, channel);
    case 'CS_HANGUP':
      return finish(channel);
    case 'CS_REPORTING':
      return report(channel);
    default:
      return;
  }
}

async function initialise(channel: Channel): Promise<void> {
  channel.setState('CS_ROUTING');
  channel.isListed = true;
  channel.fire('CHANNEL_CREATE');
}

async function route(core: SwitchCore, channel: Channel): Promise<void> {
  if (channel.stateOverride === 'bridge-peer') {
    channel.setState('CS_CONSUME_MEDIA');
    return;
  }
  channel.variables.set('call_uuid', channel.uuid);
  const steps = await core.dialplan.hunt(core, channel);
  if (channel.state !== 'CS_ROUTING') return;
  if (steps === null) {
    channel.hangup('NO_ROUTE_DESTINATION');
    return;
  }
  channel.steps = steps;
  channel.setState('CS_EXECUTE');
}

async function execute(core: SwitchCore, channel: Channel): Promise<void> {
  channel.variables.set('call_uuid', channel.uuid);
  while (channel.state === 'CS_EXECUTE') {
    const step = channel.steps.shift();
    if (step === undefined) break;
    const result = await executeApplication(core, channel, step.application, step.argument);
    if (result !== 'done') return;
  }
  // "has executed the last dialplan instruction, hanging up"
  if (channel.isReady && channel.state === 'CS_EXECUTE') channel.hangup('NORMAL_CLEARING');
}

async function reset(channel: Channel): Promise<void> {
  if (channel.stateOverride === 'uuid-bridge' && channel.flags.has('uuid-bridge-originator')) {
    channel.setState('CS_SOFT_EXECUTE');
  }
  channel.variables.set('call_uuid', channel.uuid);
  channel.notify();
}

/** switch_core_session_hangup_state(): recordings end, the times are fixed, then SIP and media go. */
async function finish(channel: Channel): Promise<void> {
  const cause = channel.hangupCause ?? 'NORMAL_CLEARING';
  channel.profile.times.hungUp = epochMicros();
  await stopAllRecordings(channel);
  channel.variables.set('hangup_cause', cause);
  channel.variables.set('hangup_cause_q850', String(causeQ850(cause)));
  setTimestamps(channel);
  channel.setCallState('HANGUP');
  await channel.endpoint.hangUp(cause);
  channel.setState('CS_REPORTING');
}

async function report(channel: Channel): Promise<void> {
  channel.fire('CHANNEL_HANGUP_COMPLETE');
  channel.setState('CS_DESTROY');
}

function destroy(core: SwitchCore, channel: Channel): void {
  channel.fire('CHANNEL_DESTROY');
  channel.isListed = false;
  channel.setRunningState('CS_DESTROY');
  core.channels.remove(channel);
  channel.notify();
  channel.dispose();
}
