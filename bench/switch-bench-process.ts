/** The embedded switch in a process of its own, started as `ringpost switch` starts it, that also says what it used. */
import {
  type EmbeddedSwitch,
  type EmbeddedSwitchOptions,
  startEmbeddedSwitch,
} from '../src/embedded/switch-process.js';
import { answerParent } from '../test/soak/child-link.js';
import { processorTime } from './processor-time.js';

export interface SwitchAddresses {
  readonly sipPort: number;
  readonly controlPort: number;
  readonly eventSocketPort: number;
  readonly freeswitchSipAddress: string;
}

let running: EmbeddedSwitch | null = null;

async function start(options: EmbeddedSwitchOptions): Promise<SwitchAddresses> {
  running = await startEmbeddedSwitch(options);
  const { sipPort, controlPort, eventSocketPort, freeswitchSipAddress } = running;
  return { sipPort, controlPort, eventSocketPort, freeswitchSipAddress };
}

answerParent(
  {
    start: (argument) => start(argument as EmbeddedSwitchOptions),
    used: processorTime,
    recordings: () => running?.counts().freeswitch.recordings ?? 0,
  },
  async () => running?.close(),
);
