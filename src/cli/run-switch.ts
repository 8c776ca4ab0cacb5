/** `ringpost switch`: the embedded switch as a process of its own. Prints where it listens and what it cannot do, then stays up until it is told to stop. */
import { type EmbeddedSwitchOptions, startEmbeddedSwitch } from '../embedded/switch-process.js';
import type { SwitchReady } from './switch-child.js';

export interface RunSwitchOptions {
  readonly settings: EmbeddedSwitchOptions;
  /** One line of JSON instead of sentences, for a program that started us. */
  readonly isJson: boolean;
  readonly print: (line: string) => void;
  readonly stop: Promise<unknown>;
}

function sentencesOf(ready: SwitchReady): readonly string[] {
  return [
    `SIP on ${ready.sipAddress}:${ready.sipPort}, UDP and TCP`,
    `drachtio control port 127.0.0.1:${ready.controlPort}`,
    `FreeSWITCH event socket 127.0.0.1:${ready.eventSocketPort}, profile drachtio_mrf at ${ready.freeswitchSipAddress}`,
    ...ready.limits.map((limit) => `limit: ${limit}`),
  ];
}

export async function runSwitch(options: RunSwitchOptions): Promise<void> {
  const running = await startEmbeddedSwitch(options.settings);
  const ready: SwitchReady = {
    event: 'ready',
    sipAddress: options.settings.sipAddress,
    sipPort: running.sipPort,
    controlPort: running.controlPort,
    freeswitchSipAddress: running.freeswitchSipAddress,
    eventSocketPort: running.eventSocketPort,
    limits: running.limits(),
  };
  if (options.isJson) options.print(JSON.stringify(ready));
  else sentencesOf(ready).forEach(options.print);
  await options.stop;
  await running.close();
}
