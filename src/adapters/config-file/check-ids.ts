/**
 * Ids across the entries of a document: each stands once, and each that is referred to exists, in the file or in the store.
 * Works on entries as they were read, so that an entry with another fault is still looked at.
 */
import { isFields } from './check-shape.js';
import type { SectionName } from './document-schema.js';
import { type Fault, faultAt, fieldPath } from './fault.js';

/** Every list of the file, whatever is in it. */
export type RawSections = Readonly<Record<SectionName, readonly unknown[]>>;

/** Ids of the rows that are in the store already. */
export type StoredIds = Readonly<Record<SectionName, ReadonlySet<string>>>;

interface Reference {
  readonly from: SectionName;
  /** Steps into the entry; `[]` means each item of a list, `{}` each value of an object. */
  readonly steps: readonly string[];
  readonly to: SectionName;
  readonly noun: string;
}

const reference = (from: SectionName, field: string, to: SectionName, noun: string): Reference => ({
  from,
  steps: field.split('.'),
  to,
  noun,
});

const REFERENCES: readonly Reference[] = [
  ...(['targets', 'campaigns', 'sources'] as const).map((from) =>
    reference(from, 'schedule.calendars.[]', 'calendars', 'calendar'),
  ),
  reference('dids', 'campaignId', 'campaigns', 'campaign'),
  reference('dids', 'sourceId', 'sources', 'source'),
  reference('targets', 'buyerId', 'buyers', 'buyer'),
  reference('targets', 'bidderId', 'bidders', 'bidder'),
  reference('targets', 'trunkId', 'trunks', 'trunk'),
  reference('targets', 'whisperPromptId', 'prompts', 'prompt'),
  reference('targets', 'acceptKey.promptId', 'prompts', 'prompt'),
  reference('targets', 'acceptKey.voicemailDrop.promptId', 'prompts', 'prompt'),
  reference('targets', 'voicemail.greetingPromptId', 'prompts', 'prompt'),
  reference('campaigns', 'targetIds.[]', 'targets', 'target'),
  reference('campaigns', 'planId', 'plans', 'plan'),
  reference('campaigns', 'consentPromptId', 'prompts', 'prompt'),
  reference('campaigns', 'greetingPromptId', 'prompts', 'prompt'),
  reference('campaigns', 'holdMusicPromptId', 'prompts', 'prompt'),
  reference('campaigns', 'endingPromptId', 'prompts', 'prompt'),
  reference('campaigns', 'apologyPromptId', 'prompts', 'prompt'),
  reference('campaigns', 'agents.agentIds.[]', 'agents', 'agent'),
  reference('agents', 'trunkId', 'trunks', 'trunk'),
  ...['fallback', 'whenClosed'].flatMap((chain) => [
    reference('campaigns', `${chain}.[].trunkId`, 'trunks', 'trunk'),
    reference('campaigns', `${chain}.[].greetingPromptId`, 'prompts', 'prompt'),
    reference('campaigns', `${chain}.[].promptId`, 'prompts', 'prompt'),
    reference('campaigns', `${chain}.[].planId`, 'plans', 'plan'),
  ]),
  reference('campaigns', 'agents.queue.promptId', 'prompts', 'prompt'),
  reference('campaigns', 'holdPrompt.promptId', 'prompts', 'prompt'),
  reference('campaigns', 'flowId', 'flows', 'flow'),
  reference('flows', 'nodes.{}.prompt', 'prompts', 'prompt'),
  reference('flows', 'nodes.{}.noInputPrompt', 'prompts', 'prompt'),
  reference('flows', 'nodes.{}.invalidPrompt', 'prompts', 'prompt'),
  reference('flows', 'nodes.{}.schedule.calendars.[]', 'calendars', 'calendar'),
  reference('flows', 'nodes.{}.flowId', 'flows', 'flow'),
  reference('flows', 'nodes.{}.trunkId', 'trunks', 'trunk'),
  reference('flows', 'nodes.{}.planId', 'plans', 'plan'),
];

interface Found {
  readonly path: string;
  readonly value: unknown;
}

function follow(steps: readonly string[], at: Found): readonly Found[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [at];
  if (step === '[]') {
    const items: readonly unknown[] = Array.isArray(at.value) ? at.value : [];
    return items.flatMap((value, index) => follow(rest, { path: `${at.path}[${index}]`, value }));
  }
  if (step === '{}') {
    const items = isFields(at.value) ? Object.entries(at.value) : [];
    return items.flatMap(([key, value]) => follow(rest, { path: fieldPath(at.path, key), value }));
  }
  if (!isFields(at.value) || !Object.hasOwn(at.value, step)) return [];
  return follow(rest, { path: `${at.path}.${step}`, value: at.value[step] });
}

/** A DID without an id goes by its number. */
export function idOf(entry: unknown): string | null {
  if (!isFields(entry)) return null;
  const id = entry.id ?? entry.number;
  return typeof id === 'string' ? id : null;
}

function checkDoubles(name: SectionName, entries: readonly unknown[], faults: Fault[]): void {
  const firstPaths = new Map<string, string>();
  entries.forEach((entry, index) => {
    const id = idOf(entry);
    const path = `${name}[${index}]`;
    const first = id === null ? undefined : firstPaths.get(id);
    if (first !== undefined) faults.push(faultAt(`${path}.id`, id, `an id that ${first} does not have already`));
    else if (id !== null) firstPaths.set(id, path);
  });
}

const MAX_NAMED = 5;

function expectedId(noun: string, known: ReadonlySet<string>): string {
  if (known.size === 0) return `the id of a ${noun}, and there is none`;
  const named = [...known].slice(0, MAX_NAMED).map((id) => `"${id}"`);
  return `the id of a ${noun}: ${named.join(', ')}${known.size > MAX_NAMED ? ', ...' : ''}`;
}

export function checkIds(sections: RawSections, stored: StoredIds, faults: Fault[]): void {
  for (const [name, entries] of Object.entries(sections)) checkDoubles(name as SectionName, entries, faults);
  for (const { from, steps, to, noun } of REFERENCES) {
    const own = sections[to].map(idOf).filter((id) => id !== null);
    const known = new Set([...own, ...stored[to]]);
    sections[from].forEach((entry, index) => {
      for (const { path, value } of follow(steps, { path: `${from}[${index}]`, value: entry })) {
        if (typeof value === 'string' && !known.has(value)) faults.push(faultAt(path, value, expectedId(noun, known)));
      }
    });
  }
}
