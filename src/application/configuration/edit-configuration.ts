/**
 * Edits one row of the configuration: creates, replaces, removes. Called by the REST API. Each edit is judged against a
 * version of the whole configuration and written only while the store is still at it, so that what was checked holds; an
 * edit of another process in between makes it judge again. It is in force for the next call.
 */
import {
  type Configuration,
  documentOf,
  type SectionName,
  soundsOf,
  withoutCalendars,
} from '../../domain/campaigns/configuration.js';
import type { ConfigurationReference } from '../../domain/campaigns/references.js';
import type { ConfigurationChecker, FieldFault } from '../ports/configuration-checker.js';
import type { ConfigurationRepository } from '../ports/configuration-repository.js';
import type { PromptLibrary } from '../ports/prompt-library.js';
import type { SecretSource } from '../ports/secret-source.js';

export interface EditDependencies {
  readonly configuration: ConfigurationRepository;
  readonly checker: ConfigurationChecker;
  readonly prompts: PromptLibrary;
  readonly secrets: SecretSource;
  /** Hears of the configuration after each edit, before the client does. */
  readonly onEdited: (configuration: Configuration) => void;
}

/** Whether the client's If-Match holds the tag of the row as it is. */
export type TagMatch = (tag: string) => boolean;

export type EditOutcome =
  | { readonly kind: 'saved'; readonly id: string }
  | { readonly kind: 'removed' }
  | { readonly kind: 'faulty'; readonly faults: readonly FieldFault[] }
  | { readonly kind: 'taken'; readonly id: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'referred-to'; readonly references: readonly ConfigurationReference[] }
  /** A prompt that cannot be spoken or played. */
  | { readonly kind: 'no-sound'; readonly sentence: string }
  /** Others edit so often that no attempt came through. */
  | { readonly kind: 'busy' };

const ATTEMPTS = 5;
const TAG_LENGTH = 32;

export function rowsOf(configuration: Configuration, section: SectionName): readonly { readonly id: string }[] {
  return section === 'dids' ? [...configuration.didsByNumber.values()] : [...configuration[section].values()];
}

/** The entity tag of a row, without quotes: changes with every field, secrets included; null when there is no such row. */
export function tagOf(
  { configuration, secrets }: Pick<EditDependencies, 'configuration' | 'secrets'>,
  section: SectionName,
  id: string,
): string | null {
  const row = rowsOf(configuration.current(), section).find((each) => each.id === id);
  return row === undefined ? null : secrets.sha256(JSON.stringify(withoutCalendars(row))).slice(0, TAG_LENGTH);
}

/** Runs the attempt again, on fresh rows, while another edit came in between. */
export async function untilSettled(
  deps: EditDependencies,
  attempt: (now: Configuration) => Promise<EditOutcome | { readonly kind: 'moved' }>,
): Promise<EditOutcome> {
  for (let count = 0; count < ATTEMPTS; count += 1) {
    const outcome = await attempt(deps.configuration.current());
    if (outcome.kind !== 'moved') return outcome;
    await deps.configuration.refresh();
  }
  return { kind: 'busy' };
}

async function save(
  deps: EditDependencies,
  now: Configuration,
  edit: {
    readonly section: SectionName;
    readonly entry: unknown;
    readonly replaces: string | null;
    readonly author: string;
  },
): Promise<EditOutcome | { readonly kind: 'moved' }> {
  const { section, replaces } = edit;
  const checked = deps.checker.check({ ...edit, stored: documentOf(now) });
  if (checked.kind === 'faulty') return checked;
  const { id, document } = checked;
  if (replaces === null && rowsOf(now, section).some((row) => row.id === id)) return { kind: 'taken', id };
  const [fault] = await deps.prompts.prepare(soundsOf(document));
  if (fault !== undefined) return { kind: 'no-sound', sentence: fault.sentence };
  const put = await deps.configuration.put(document, now.version, edit.author);
  if (put.kind === 'moved') return put;
  deps.onEdited(put.configuration);
  return { kind: 'saved', id };
}

/** `author` is for people: it stands with the version of a plan. */
export function createRow(
  deps: EditDependencies,
  section: SectionName,
  entry: unknown,
  author = '',
): Promise<EditOutcome> {
  return untilSettled(deps, (now) => save(deps, now, { section, entry, replaces: null, author }));
}

function refusalOf(deps: EditDependencies, section: SectionName, id: string, isMatch: TagMatch): EditOutcome | null {
  const tag = tagOf(deps, section, id);
  if (tag === null) return { kind: 'missing' };
  return isMatch(tag) ? null : { kind: 'stale' };
}

export function replaceRow(
  deps: EditDependencies,
  edit: { readonly section: SectionName; readonly id: string; readonly entry: unknown; readonly author?: string },
  isMatch: TagMatch,
): Promise<EditOutcome> {
  const { section, id, entry, author = '' } = edit;
  return untilSettled(deps, async (now) => {
    const refusal = refusalOf(deps, section, id, isMatch);
    return refusal ?? (await save(deps, now, { section, entry, replaces: id, author }));
  });
}

export function removeRow(
  deps: EditDependencies,
  { section, id }: { readonly section: SectionName; readonly id: string },
  isMatch: TagMatch,
): Promise<EditOutcome> {
  return untilSettled(deps, async (now) => {
    const refusal = refusalOf(deps, section, id, isMatch);
    if (refusal !== null) return refusal;
    const outcome = await deps.configuration.remove(section, id, now.version);
    if (outcome.kind !== 'done') return outcome;
    deps.onEdited(outcome.configuration);
    return { kind: 'removed' };
  });
}
