/**
 * Callers who are kept out, or let in although somebody else keeps them out: by the account, by a campaign, by a buyer. A number
 * is looked up in maps, once per call, however long the lists are. Pure: what expires is judged by the moment that is handed in.
 */
export const LIST_KINDS = ['block', 'allow'] as const;
export const LIST_LEVELS = ['account', 'campaign', 'buyer'] as const;

export interface CallerListEntry {
  readonly id: string;
  readonly kind: (typeof LIST_KINDS)[number];
  readonly level: (typeof LIST_LEVELS)[number];
  /** The campaign or the buyer; empty for the account. */
  readonly subjectId: string;
  /** An E.164 number, or the beginning of one and a star. */
  readonly caller: string;
  /** For people; may be empty. */
  readonly reason: string;
  /** Who put it in: the name of a key, or of a rule. */
  readonly addedBy: string;
  /** Milliseconds since 1970-01-01 UTC, as the other. */
  readonly addedAt: number;
  /** Exclusive; null for ever. */
  readonly expiresAt: number | null;
}

/** Of entries that are the same in this, the last one stands. */
export function entryKey({ kind, level, subjectId, caller }: Omit<CallerListEntry, 'id'>): string {
  return JSON.stringify([kind, level, subjectId, caller]);
}

/** Numbers and beginnings of numbers, each with what belongs to it. */
class PatternMap<Value> {
  readonly #values = new Map<string, Value>();
  /** How many beginnings there are of each length. */
  readonly #lengths = new Map<number, number>();

  get(pattern: string): Value | undefined {
    return this.#values.get(pattern);
  }

  set(pattern: string, value: Value): void {
    if (!this.#values.has(pattern)) this.#count(pattern, 1);
    this.#values.set(pattern, value);
  }

  delete(pattern: string): void {
    if (this.#values.delete(pattern)) this.#count(pattern, -1);
  }

  /** The exact number first, then its beginnings. */
  matching(number: string): readonly Value[] {
    const exact = this.#values.get(number);
    const found = exact === undefined ? [] : [exact];
    for (const length of this.#lengths.keys()) {
      const value = length > number.length ? undefined : this.#values.get(`${number.slice(0, length)}*`);
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  #count(pattern: string, by: number): void {
    if (!pattern.endsWith('*')) return;
    const length = pattern.length - 1;
    const left = (this.#lengths.get(length) ?? 0) + by;
    if (left === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, left);
  }
}

/** What stands on all lists, by number. */
export class CallerListIndex {
  readonly #byId = new Map<string, CallerListEntry>();
  readonly #byCaller = new PatternMap<readonly CallerListEntry[]>();

  put(entry: CallerListEntry): void {
    const others = (this.#byCaller.get(entry.caller) ?? []).filter((each) => {
      const isSame = each.id === entry.id || entryKey(each) === entryKey(entry);
      if (isSame) this.#byId.delete(each.id);
      return !isSame;
    });
    this.#byCaller.set(entry.caller, [...others, entry]);
    this.#byId.set(entry.id, entry);
  }

  /** The entry that stood there; null when there was none. */
  remove(id: string): CallerListEntry | null {
    const entry = this.#byId.get(id);
    if (entry === undefined) return null;
    this.#byId.delete(id);
    const left = (this.#byCaller.get(entry.caller) ?? []).filter((each) => each.id !== id);
    if (left.length === 0) this.#byCaller.delete(entry.caller);
    else this.#byCaller.set(entry.caller, left);
    return entry;
  }

  /** Those that concern a caller now, of every list. */
  matching(callerNumber: string, wallMs: number): readonly CallerListEntry[] {
    const found = this.#byCaller.matching(callerNumber).flat();
    return found.length === 0 ? found : found.filter(({ expiresAt }) => expiresAt === null || wallMs < expiresAt);
  }

  all(): readonly CallerListEntry[] {
    return [...this.#byId.values()];
  }
}

/** Exact numbers, and prefixes that end in `*`, as a configuration row lists them. */
export class BlockedCallers {
  readonly #patterns = new PatternMap<string>();
  /** Who was asked for last: the targets of a decision ask for the same caller. */
  #callerNumber: string | null = null;
  #isBlocked = false;

  constructor(patterns: readonly string[]) {
    for (const pattern of patterns) this.#patterns.set(pattern, pattern);
  }

  has(callerNumber: string): boolean {
    if (callerNumber !== this.#callerNumber) {
      this.#isBlocked = this.#patterns.matching(callerNumber).length > 0;
      this.#callerNumber = callerNumber;
    }
    return this.#isBlocked;
  }
}

/** Lists of a configuration row, made into maps when they are first asked. */
const compiled = new WeakMap<readonly string[], BlockedCallers>();

export function isBlocked(patterns: readonly string[], callerNumber: string): boolean {
  if (patterns.length === 0) return false;
  const known = compiled.get(patterns) ?? new BlockedCallers(patterns);
  compiled.set(patterns, known);
  return known.has(callerNumber);
}

/** Kept as long as the version itself is. */
const books = new WeakMap<object, Map<string, BlockedCallers>>();

/** One for all rows of `configuration` that list the same; null for who lists nobody. */
export function blockedCallersOf(configuration: object, patterns: readonly string[]): BlockedCallers | null {
  if (patterns.length === 0) return null;
  const known = books.get(configuration) ?? new Map<string, BlockedCallers>();
  books.set(configuration, known);
  const key = patterns.join();
  const blocked = known.get(key) ?? new BlockedCallers(patterns);
  known.set(key, blocked);
  return blocked;
}

const dateOf = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ');

const OWNER: Readonly<Record<CallerListEntry['level'], string>> = {
  account: 'the account',
  campaign: 'the campaign',
  buyer: 'the buyer',
};

function describeEntry({ level, reason, addedBy, addedAt, expiresAt }: CallerListEntry): string {
  const why = reason === '' ? '' : `: ${reason}`;
  const until = expiresAt === null ? '' : `, until ${dateOf(expiresAt)} UTC`;
  return `blocked by the list of ${OWNER[level]}${why} (${addedBy}, ${dateOf(addedAt)} UTC${until})`;
}

/** A row of the configuration that may have a list of its own. */
interface Lister {
  readonly id: string;
  readonly blockedCallers: readonly string[];
}

export interface ListedCaller {
  readonly callerNumber: string;
  /** As `matching` answers. */
  readonly entries: readonly CallerListEntry[];
}

type Verdict = { readonly kind: 'allowed' } | { readonly kind: 'blocked'; readonly sentence: string } | null;

/** Of one level: who is allowed is not blocked there. */
function verdictOf(level: CallerListEntry['level'], lister: Lister | null, caller: ListedCaller): Verdict {
  const own = caller.entries.filter((each) => each.level === level && each.subjectId === (lister?.id ?? ''));
  if (own.some(({ kind }) => kind === 'allow')) return { kind: 'allowed' };
  const [first] = own;
  if (first !== undefined) return { kind: 'blocked', sentence: describeEntry(first) };
  if (lister === null || !isBlocked(lister.blockedCallers, caller.callerNumber)) return null;
  return { kind: 'blocked', sentence: `blocked by blockedCallers of ${OWNER[level]}` };
}

/** Why the caller may not come in; null when he may. What the campaign says goes before what the account says. */
export function whyKeptOut(campaign: Lister, caller: ListedCaller): string | null {
  const verdict = verdictOf('campaign', campaign, caller) ?? verdictOf('account', null, caller);
  return verdict?.kind === 'blocked' ? verdict.sentence : null;
}

/** Whether campaign or account say of the caller that he may always come. */
export function isAllowed(campaign: Lister, caller: ListedCaller): boolean {
  return (verdictOf('campaign', campaign, caller) ?? verdictOf('account', null, caller))?.kind === 'allowed';
}

/** Why this buyer does not take the caller; null when he does. */
export function whyBuyerRefuses(buyer: Lister, caller: ListedCaller): string | null {
  if (caller.entries.length === 0 && buyer.blockedCallers.length === 0) return null;
  const verdict = verdictOf('buyer', buyer, caller);
  return verdict?.kind === 'blocked' ? verdict.sentence : null;
}
