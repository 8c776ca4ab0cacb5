/**
 * Takes up what another process applied: asks the store for its version now and then, and prepares new prompts before
 * anybody calls for them. A store that does not answer leaves the configuration as it is.
 */
import { type Configuration, documentOf, soundsOf } from '../../domain/campaigns/configuration.js';
import type { CallEvents } from '../ports/call-events.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationRepository } from '../ports/configuration-repository.js';
import type { PromptLibrary } from '../ports/prompt-library.js';

export interface WatchDependencies {
  readonly configuration: ConfigurationRepository;
  readonly prompts: PromptLibrary;
  readonly events: CallEvents;
  readonly clock: Clock;
}

/** Settles when every prompt of the configuration is ready or has raised its alarm. */
export async function preparePrompts(deps: WatchDependencies): Promise<void> {
  const faults = await deps.prompts.prepare(soundsOf(documentOf(deps.configuration.current())));
  for (const fault of faults) deps.events.alarm('prompt-missing', `prompt ${fault.promptId}: ${fault.sentence}`);
}

/** `onChange` hears of every new version. Returns the function that ends the watch. */
export function watchConfiguration(
  deps: WatchDependencies,
  everyMs: number,
  onChange: (configuration: Configuration) => void,
): () => void {
  let stopTimer = (): void => undefined;
  let isStopped = false;
  // Counted from here, so that what this process applied itself is noticed as well.
  let seenVersion = deps.configuration.current().version;
  const look = async (): Promise<void> => {
    try {
      const now = await deps.configuration.refresh();
      if (now.version !== seenVersion) {
        seenVersion = now.version;
        onChange(now);
        await preparePrompts(deps);
      }
    } catch (error) {
      deps.events.alarm(
        'store',
        `the configuration could not be read again: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (!isStopped) stopTimer = deps.clock.startTimer(everyMs, () => void look());
  };
  stopTimer = deps.clock.startTimer(everyMs, () => void look());
  return () => {
    isStopped = true;
    stopTimer();
  };
}
