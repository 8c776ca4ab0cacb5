/**
 * Pauses a row of the configuration, or ends its pause: one step without reading the row first, since it says what is to be and not
 * what was. In force for the next call; calls that are up keep the configuration with which they came.
 */
import { documentOf, EMPTY_DOCUMENT } from '../../domain/campaigns/configuration.js';
import type { Pausable, Pause } from '../../domain/routing/pause.js';
import { type EditDependencies, type EditOutcome, untilSettled } from './edit-configuration.js';

export const PAUSABLE_SECTIONS = ['campaigns', 'sources', 'buyers', 'targets', 'dids', 'agents'] as const;

export type PausableSection = (typeof PAUSABLE_SECTIONS)[number];

/** `pause` null ends it. */
export function pauseRow(
  deps: EditDependencies,
  { section, id, pause }: { readonly section: PausableSection; readonly id: string; readonly pause: Pause | null },
): Promise<EditOutcome> {
  return untilSettled(deps, async (now) => {
    const rows: readonly ({ readonly id: string } & Pausable)[] = documentOf(now)[section];
    const row = rows.find((each) => each.id === id);
    if (row === undefined) return { kind: 'missing' };
    const put = await deps.configuration.put({ ...EMPTY_DOCUMENT, [section]: [{ ...row, pause }] }, now.version);
    if (put.kind === 'moved') return put;
    deps.onEdited(put.configuration);
    return { kind: 'saved', id };
  });
}
