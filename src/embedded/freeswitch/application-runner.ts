/**
 * Runs one application on a channel: expansion of its argument, CHANNEL_EXECUTE, the application, CHANNEL_EXECUTE_COMPLETE.
 * Follows switch_core_session_exec(). Called by the channel loop and by commands inside the channel.
 */
import { randomUUID } from 'node:crypto';
import type { Channel } from './channel.js';
import { expandVariables } from './channel-variables.js';
import { expansionSource } from './expansion-functions.js';
import type { Application, SwitchCore } from './switch-core.js';

/** `failed`: the extension ends here. `ignored`: the channel is gone, which is no failure of the application. */
export type ExecuteResult = 'done' | 'failed' | 'ignored';

export interface ExecuteOptions {
  /** The Event-UUID of a `sendmsg`, given back as Application-UUID. */
  readonly applicationUuid?: string | undefined;
  readonly applicationUuidName?: string | undefined;
}

export async function executeApplication(
  core: SwitchCore,
  channel: Channel,
  name: string,
  argument: string | null,
  options: ExecuteOptions = {},
): Promise<ExecuteResult> {
  if (channel.isDown) return 'ignored';
  const application = core.applications.get(name.toLowerCase());
  if (application === undefined) {
    channel.hangup('DESTINATION_OUT_OF_ORDER');
    return 'failed';
  }
  if (application.needsMedia && !channel.hasMedia && !(await channel.endpoint.preAnswer())) return 'failed';
  await run(core, channel, application, argument, options);
  return 'done';
}

async function run(
  core: SwitchCore,
  channel: Channel,
  application: Application,
  argument: string | null,
  options: ExecuteOptions,
): Promise<void> {
  const uuid = options.applicationUuid ?? randomUUID();
  const expanded = argument === null ? null : expandVariables(argument, expansionSource(core, channel));
  const data = expanded === '' ? null : expanded;
  const { variables } = channel;
  variables.set('current_application', application.name);
  variables.set('current_application_data', expanded);
  variables.set('current_application_response', null);
  channel.lastStep = { application: application.name, argument: expanded ?? '' };
  channel.fire('CHANNEL_EXECUTE', (event) => {
    event.add('Application', application.name).add('Application-Data', data).add('Application-UUID', uuid);
    event.add('Application-UUID-Name', options.applicationUuidName);
  });
  channel.breakLevel = 0;
  await application.run({ core, channel, argument: expanded ?? '' });
  channel.fire('CHANNEL_EXECUTE_COMPLETE', (event) => {
    event.add('Application', application.name).add('Application-Data', data);
    event.add('Application-Response', variables.get('current_application_response') ?? '_none_');
    event.add('Application-UUID', uuid).add('Application-UUID-Name', options.applicationUuidName);
  });
}
