/** Makes a flow of the domain out of its entry, with the defaults of the product, and an entry out of a flow. */

import type { DialTerms, Flow, FlowNode, KeyTerms, MenuKey, SpeechTerms } from '../../domain/flows/flow.js';
import type { Said } from '../../domain/prompts/said.js';
import { type Destination, formatDestination, parseDestination } from '../../domain/trunks/destination.js';
import { datesEntry, datesOf } from './calendar-entry.js';
import { EXPECTED_URL, isBidderUrl } from './compose-bidder.js';
import { conditionFrom } from './condition-entry.js';
import { type Fault, faultAt } from './fault.js';
import type { FlowEntry, NodeEntry, SaidEntry } from './flow-schema.js';
import { playsOf } from './plays-entry.js';
import { queueTermsOf } from './queue-entry.js';

const DEFAULT_VOICE = 'slt';
const TIMEOUT_MS = 5_000;
const DIGIT_TIMEOUT_MS = 3_000;
const RING_TIMEOUT_MS = 25_000;
const WEBHOOK_TIMEOUT_MS = 2_000;
const VOICEMAIL_LIMIT_MS = 120_000;
const MAX_DIGITS = 16;
const MIN_CONFIDENCE = 0.4;

type EntryOf<Kind extends NodeEntry['kind']> = Extract<NodeEntry, { kind: Kind }>;

function saidOf(entry: SaidEntry): Said {
  if (typeof entry === 'string') return { kind: 'prompt', promptId: entry };
  const { text, voice = DEFAULT_VOICE, plays } = entry;
  return { kind: 'text', text, voice, ...playsOf(plays) };
}

const saidOrNull = (entry: SaidEntry | null | undefined): Said | null =>
  entry === null || entry === undefined ? null : saidOf(entry);

type KeyEntry = EntryOf<'menu'> | EntryOf<'gather'> | EntryOf<'directory'>;

function keyTerms(entry: KeyEntry): KeyTerms {
  return {
    prompt: saidOrNull(entry.prompt),
    isInterruptible: entry.isInterruptible ?? true,
    timeoutMs: entry.timeoutMs ?? TIMEOUT_MS,
    maxTries: entry.maxTries ?? 3,
    noInputPrompt: saidOrNull(entry.noInputPrompt),
    invalidPrompt: saidOrNull(entry.invalidPrompt),
    onNoInput: entry.onNoInput,
    onInvalid: entry.onInvalid,
  };
}

function digitEnds(entry: EntryOf<'gather'> | EntryOf<'directory'>) {
  const { digitTimeoutMs = DIGIT_TIMEOUT_MS, terminator = '#' } = entry;
  return { digitTimeoutMs, terminator };
}

/** The schema has let nothing else through. */
function destinationOf(text: string): Destination {
  const destination = parseDestination(text);
  if (destination === null) throw new TypeError('a destination that nobody can dial passed the schema');
  return destination;
}

function dialTerms({
  trunkId = null,
  ringTimeoutMs = RING_TIMEOUT_MS,
  onNoAnswer,
}: EntryOf<'dial' | 'directory'>): DialTerms {
  return { trunkId, ringTimeoutMs, onNoAnswer };
}

function mapValues<From, To>(fields: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
}

function speechOf({ speech }: EntryOf<'menu' | 'gather'>): { readonly speech?: SpeechTerms } {
  if (speech === undefined) return {};
  const { language = 'en-US', minConfidence = MIN_CONFIDENCE } = speech;
  return { speech: { language, minConfidence } };
}

function menuOf(entry: EntryOf<'menu'>): FlowNode {
  const keys = mapValues(entry.keys, ({ next, value = null, says }): MenuKey => {
    return says === undefined ? { next, value } : { next, value, says };
  });
  return { kind: 'menu', tag: entry.tag ?? null, keys, ...speechOf(entry), ...keyTerms(entry) };
}

/** A ZIP code has five digits, and nothing else need be said. */
function gatherOf(entry: EntryOf<'gather'>): FlowNode {
  const { tag, form = 'any', next } = entry;
  const { minDigits = form === 'zip' ? 5 : 1, maxDigits = form === 'zip' ? 5 : MAX_DIGITS } = entry;
  const digits = { minDigits, maxDigits, ...digitEnds(entry) };
  return { kind: 'gather', tag, form, next, ...digits, ...speechOf(entry), ...keyTerms(entry) };
}

function webhookOf(entry: EntryOf<'webhook'>): FlowNode {
  const { next, timeoutMs = WEBHOOK_TIMEOUT_MS, answers = {}, onFailure = next } = entry;
  const request = entry.request as Extract<FlowNode, { kind: 'webhook' }>['request'];
  return { kind: 'webhook', request, timeoutMs, answers, next, onFailure };
}

function queueOf(entry: EntryOf<'queue'>): FlowNode {
  const { kind, planId, onTimeout, onFull = onTimeout, onLeave = onTimeout } = entry;
  return { kind, planId, ...queueTermsOf(entry), prompt: saidOrNull(entry.prompt), onTimeout, onFull, onLeave };
}

function nodeOf(entry: NodeEntry): FlowNode {
  switch (entry.kind) {
    case 'play': {
      const { kind, prompt, isInterruptible = false, next } = entry;
      return { kind, prompt: saidOf(prompt), isInterruptible, next };
    }
    case 'menu':
      return menuOf(entry);
    case 'gather':
      return gatherOf(entry);
    case 'directory': {
      const entries = mapValues(entry.entries, destinationOf);
      return { kind: 'directory', entries, ...digitEnds(entry), ...keyTerms(entry), ...dialTerms(entry) };
    }
    case 'dial':
      return { kind: 'dial', destination: destinationOf(entry.destination), ...dialTerms(entry) };
    case 'router': {
      const routes = entry.routes.map(({ when, next }) => ({ when: conditionFrom(when), next }));
      return { kind: 'router', routes, otherwise: entry.otherwise };
    }
    case 'hours': {
      const { kind, open, closed } = entry;
      return { kind, schedule: datesOf(entry.schedule), open, closed };
    }
    case 'webhook':
      return webhookOf(entry);
    case 'queue':
      return queueOf(entry);
    case 'voicemail':
      return { kind: 'voicemail', prompt: saidOrNull(entry.prompt), limitMs: entry.limitMs ?? VOICEMAIL_LIMIT_MS };
    case 'block-caller':
    case 'hang-up':
      return { kind: entry.kind, prompt: saidOrNull(entry.prompt) };
    default:
      return entry;
  }
}

export function buildFlow({ id, name = id, start, nodes }: FlowEntry, path: string, faults: Fault[]): Flow {
  for (const [nodeId, node] of Object.entries(nodes)) {
    if (node.kind !== 'webhook' || isBidderUrl(node.request.url)) continue;
    faults.push(faultAt(`${path}.nodes.${nodeId}.request.url`, node.request.url, EXPECTED_URL));
  }
  return { id, name, start, nodes: mapValues(nodes, nodeOf) };
}

function saidEntry(said: Said): SaidEntry {
  if (said.kind === 'prompt') return said.promptId;
  const { text, voice, plays } = said;
  return { text, voice, ...playsOf(plays) };
}

const SAID_FIELDS: ReadonlySet<string> = new Set(['prompt', 'noInputPrompt', 'invalidPrompt']);

function nodeEntry(node: FlowNode): object {
  const entry = Object.fromEntries(
    Object.entries(node).map(([name, value]: [string, unknown]) => {
      return [name, SAID_FIELDS.has(name) && value !== null ? saidEntry(value as Said) : value];
    }),
  );
  switch (node.kind) {
    case 'directory':
      return { ...entry, entries: mapValues(node.entries, formatDestination) };
    case 'dial':
      return { ...entry, destination: formatDestination(node.destination) };
    case 'hours':
      return { ...entry, schedule: datesEntry(node.schedule) };
    default:
      return entry;
  }
}

export function flowEntry({ id, name, start, nodes }: Flow): object {
  return { id, name, start, nodes: mapValues(nodes, nodeEntry) };
}
