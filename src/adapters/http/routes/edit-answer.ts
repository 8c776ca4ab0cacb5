/** From the outcome of an edit of the configuration to an answer of the API: one place for statuses and sentences. */

import {
  type EditDependencies,
  type EditOutcome,
  tagOf,
} from '../../../application/configuration/edit-configuration.js';
import { assertNever } from '../../../domain/assert-never.js';
import type { SectionName } from '../../../domain/campaigns/configuration.js';
import { documentOf } from '../../../domain/campaigns/configuration.js';
import { quoted } from '../if-match.js';
import { Problem } from '../problem.js';
import type { FirstAnswer } from '../reply-once.js';

export type Entry = Readonly<Record<string, unknown>>;

/** The row as the API shows it, with its tag; throws `not-found`. */
export function shownRow(
  deps: EditDependencies,
  section: SectionName,
  id: string,
): { readonly entry: Entry; readonly etag: string } {
  const entry = deps.checker.show(section, id, documentOf(deps.configuration.current()));
  const tag = tagOf(deps, section, id);
  if (entry === null || tag === null) throw new Problem('not-found', `there is no row with this id in ${section}`);
  return { entry, etag: quoted(tag) };
}

export function refusalOf(outcome: Exclude<EditOutcome, { kind: 'saved' | 'removed' }>, section: SectionName): Problem {
  switch (outcome.kind) {
    case 'faulty': {
      const [first] = outcome.faults;
      const more = outcome.faults.length > 1 ? `, and ${outcome.faults.length - 1} more` : '';
      const place = first?.field === '' ? 'the body' : (first?.field ?? '');
      return new Problem('wrong-fields', `${place}: found ${first?.found}, expected ${first?.expected}${more}`, {
        faults: outcome.faults,
      });
    }
    case 'taken':
      return new Problem('conflict', `"${outcome.id}" stands already in ${section}; replace it with PUT`);
    case 'missing':
      return new Problem('not-found', `there is no row with this id in ${section}`);
    case 'stale':
      return new Problem('stale-etag', 'the row is not what you read; read it again and repeat the edit on it');
    case 'referred-to': {
      const references = outcome.references.map((reference) => ({ ...reference }));
      const names = references.slice(0, 5).map((each) => `${each.section}/${each.id} (${each.field})`);
      const more = references.length > 5 ? ', ...' : '';
      return new Problem('referred-to', `${names.join(', ')}${more} still name it; edit them first`, { references });
    }
    case 'no-sound':
      return new Problem('not-audio', outcome.sentence);
    case 'busy':
      return new Problem('unavailable', 'others edit the configuration all the time; try again');
    default:
      return assertNever(outcome);
  }
}

/** The answer to a row that was created or replaced; throws the Problem of an edit that was refused. */
export function savedAnswer(
  deps: EditDependencies,
  section: SectionName,
  outcome: EditOutcome,
  status: 200 | 201,
): FirstAnswer {
  if (outcome.kind === 'removed') throw new Error('a row that was saved was removed');
  if (outcome.kind !== 'saved') throw refusalOf(outcome, section);
  const { entry, etag } = shownRow(deps, section, outcome.id);
  const location = `/api/v1/${section}/${encodeURIComponent(outcome.id)}`;
  return { status, headers: status === 201 ? { etag, location } : { etag }, body: entry };
}

export function refuseUnlessRemoved(section: SectionName, outcome: EditOutcome): void {
  if (outcome.kind !== 'removed' && outcome.kind !== 'saved') throw refusalOf(outcome, section);
}
