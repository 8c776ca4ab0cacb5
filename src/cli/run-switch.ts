/** `ringpost switch`: the embedded switch as a process of its own. Prints where it listens and what it cannot do, then stays up until it is told to stop. */
import { type EmbeddedSwitch, type EmbeddedSwitchOptions, startEmbeddedSwitch } from '../embedded/switch-process.js';
import type { SwitchReady } from './switch-child.js';

export interface RunSwitchOptions {
  readonly settings: EmbeddedSwitchOptions;
  /** One line of JSON instead of sentences, for a program that started us. */
  readonly isJson: boolean;
  /** Lines that name whose SIP is answered from then on, each a JSON list of CIDR blocks; null when nobody sends any. */
  readonly trustLines: AsyncIterable<string> | null;
  /** It ends by itself when no app has been connected and no call was up for a minute: its app is not coming back. */
  readonly endsAlone: boolean;
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
  if (options.trustLines !== null) void followTrust(running, options.trustLines);
  const { alone, unwatch } = watchAlone(running);
  await Promise.race(options.endsAlone ? [options.stop, alone] : [options.stop]);
  unwatch();
  await running.close();
}

/** A line that is no such list leaves things as they are: whoever wrote it is our own program, and calls are up. */
async function followTrust(running: EmbeddedSwitch, lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) {
    try {
      running.trustSources(JSON.parse(line) as readonly string[]);
    } catch (error) {
      process.stderr.write(
        `whose SIP is answered stays as it was: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
}

const LOOK_MS = 5_000;
const ALONE_LOOKS = 12;

function watchAlone(running: EmbeddedSwitch): { readonly alone: Promise<void>; readonly unwatch: () => void } {
  let unwatch = (): void => undefined;
  let looks = 0;
  const alone = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const { drachtio, freeswitch } = running.counts();
      looks = drachtio.clients === 0 && freeswitch.channels === 0 ? looks + 1 : 0;
      if (looks >= ALONE_LOOKS) resolve();
    }, LOOK_MS);
    unwatch = () => clearInterval(timer);
  });
  return { alone, unwatch };
}
