/**
 * Puts a configuration document in force. Speech is rendered and files are converted first, so that no caller ever waits
 * for it, and a prompt that cannot be made refuses the whole document: nothing is half applied.
 */
import { type Configuration, type ConfigurationDocument, soundsOf } from '../../domain/campaigns/configuration.js';
import type { ConfigurationRepository } from '../ports/configuration-repository.js';
import type { PromptFault, PromptLibrary } from '../ports/prompt-library.js';

export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly configuration: Configuration }
  | { readonly kind: 'refused'; readonly faults: readonly PromptFault[] };

export interface ApplyDependencies {
  readonly configuration: ConfigurationRepository;
  readonly prompts: PromptLibrary;
}

export async function applyConfiguration(
  deps: ApplyDependencies,
  document: ConfigurationDocument,
  onProgress?: (done: number, total: number) => void,
): Promise<ApplyOutcome> {
  const faults = await deps.prompts.prepare(soundsOf(document), onProgress);
  if (faults.length > 0) return { kind: 'refused', faults };
  return { kind: 'applied', configuration: await deps.configuration.apply(document, 'configuration file') };
}
