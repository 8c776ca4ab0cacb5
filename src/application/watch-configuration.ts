/**
 * Takes up what another process applied: asks the store for its version now and then, and prepares new prompts before
 * anybody calls for them. A store that does not answer leaves the configuration as it is.
 */
import type { CallEvents } from './ports/call-events.js';
import type { Clock } from './ports/clock.js';
import type { ConfigurationRepository } from './ports/configuration-repository.js';
import type { PromptLibrary } from './ports/prompt-library.js';

export interface WatchDependencies {
  readonly configuration: ConfigurationRepository;
  readonly prompts: PromptLibrary;
  readonly events: CallEvents;
  readonly clock: Clock;
}

/** Settles when every prompt of the configuration is ready or has raised its alarm. */
export async function preparePrompts(deps: WatchDependencies): Promise<void> {
  const faults = await deps.prompts.prepare([...deps.configuration.current().prompts.values()]);
  for (const fault of faults) deps.events.alarm('prompt-missing', `prompt ${fault.promptId}: ${fault.sentence}`);
}

/** Returns the function that ends the watch. */
export function watchConfiguration(deps: WatchDependencies, everyMs: number): () => void {
  let stopTimer = (): void => undefined;
  let isStopped = false;
  const look = async (): Promise<void> => {
    try {
      const { version } = deps.configuration.current();
      const now = await deps.configuration.refresh();
      if (now.version !== version) await preparePrompts(deps);
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
