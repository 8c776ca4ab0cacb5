/**
 * Calls of one process, for application tests. It keeps to the contract of the database to the letter: what is put in and
 * what comes out are copies, the first terminal state wins, the first ledger entry of a key stays.
 */
import type {
  CallClosing,
  CallDetails,
  CallFilter,
  CallPosition,
  CallProgress,
  CallRepository,
  FoundCalls,
  FoundLoggedCalls,
} from '../../application/ports/call-repository.js';
import type { HistoryQuestion } from '../../application/ports/caller-histories.js';
import type { CallerHistory } from '../../domain/callers/caller-history.js';
import { type Call, IllegalTransitionError, isTerminal } from '../../domain/calls/call.js';
import type { Continuation } from '../../domain/calls/continuation.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { LedgerEntry } from '../../domain/money/ledger.js';
import { type LoggedCall, loggedCallOf, refusalsOf } from '../../domain/plans/logged-call.js';
import type { CapUse } from '../../domain/routing/cap.js';
import type { TargetDial } from '../../domain/routing/target-dial.js';
import { MemoryCallerHistories } from './memory-caller-histories.js';
import { MemoryDeliveries } from './memory-deliveries.js';

const MAX_PAGE = 1_000;

interface StoredCall {
  call: Call;
  isClosed: boolean;
  legs: Map<string, Leg>;
  timeline: TimelineEntry[];
  trace: CallDetails['trace'];
  bids: CallDetails['bids'][number][];
  continuation: Continuation | null;
  recordings: Map<string, Recording>;
}

function newestFirst(left: CallPosition, right: CallPosition): number {
  if (left.startedAt !== right.startedAt) return right.startedAt - left.startedAt;
  if (left.callId === right.callId) return 0;
  return left.callId < right.callId ? 1 : -1;
}

function isWanted(call: Call, filter: CallFilter): boolean {
  const { startedFrom, startedBefore, ...fields } = filter;
  if (startedFrom !== null && call.startedAt < startedFrom) return false;
  if (startedBefore !== null && call.startedAt >= startedBefore) return false;
  const asked = Object.entries(fields).filter(([, value]) => value !== null);
  return asked.every(([field, value]) => call[field as keyof typeof fields] === value);
}

function storedOf(call: Call): StoredCall {
  return {
    call: structuredClone(call),
    isClosed: false,
    legs: new Map(),
    timeline: [],
    trace: null,
    bids: [],
    continuation: null,
    recordings: new Map(),
  };
}

/** What stands at a place already stays. */
function addFrom<Entry>(list: Entry[], from: number, entries: readonly Entry[]): void {
  entries.forEach((entry, index) => {
    list[from + index] ??= entry;
  });
}

export class MemoryCallRepository implements CallRepository {
  /** As far as these calls tell. */
  readonly callerHistories = new MemoryCallerHistories();
  readonly deliveries = new MemoryDeliveries();
  readonly #calls = new Map<string, StoredCall>();
  readonly #ledger = new Map<string, LedgerEntry>();
  readonly #capUses = new Map<string, CapUse>();
  readonly #dials: TargetDial[] = [];

  async open(call: Call, asked: HistoryQuestion | null = null): Promise<CallerHistory | null> {
    if (this.#calls.has(call.callId)) throw new Error(`call ${call.callId} is already in the store`);
    this.#calls.set(call.callId, storedOf(call));
    this.callerHistories.opened(call);
    return asked === null ? null : await this.callerHistories.of(asked);
  }

  async save(call: Call, progress?: CallProgress): Promise<void> {
    const stored = this.#existing(call.callId);
    if (isTerminal(stored.call.state)) throw new IllegalTransitionError(stored.call.state, call.state);
    stored.call = structuredClone(call);
    if (call.state === 'bridged') this.callerHistories.written(call);
    if (progress === undefined) return;
    const { continuation, timeline, bids, trace } = structuredClone(progress);
    stored.continuation = continuation ?? stored.continuation;
    addFrom(stored.timeline, timeline.from, timeline.entries);
    addFrom(stored.bids, bids.from, bids.entries);
    stored.trace = trace ?? stored.trace;
  }

  async saveLeg(leg: Leg): Promise<void> {
    this.#existing(leg.callId).legs.set(leg.legId, structuredClone(leg));
  }

  async close(closing: CallClosing): Promise<void> {
    const { callId } = closing.call;
    if (!isTerminal(closing.call.state)) throw new Error(`a closing carries an ended call, not ${closing.call.state}`);
    const stored = this.#calls.get(callId) ?? storedOf(closing.call);
    this.#calls.set(callId, stored);
    if (stored.isClosed) return;
    if (!isTerminal(stored.call.state)) stored.call = structuredClone(closing.call);
    stored.isClosed = true;
    this.callerHistories.written(closing.call);
    addFrom(stored.timeline, 0, structuredClone(closing.timeline));
    addFrom(stored.bids, 0, structuredClone(closing.bids));
    stored.trace = structuredClone(closing.trace) ?? stored.trace;
    stored.continuation = null;
    for (const entry of closing.ledger) {
      if (!this.#ledger.has(entry.key)) this.#ledger.set(entry.key, structuredClone(entry));
    }
    for (const delivery of closing.deliveries) this.deliveries.add(delivery);
    this.#dials.push(...structuredClone(closing.dials));
    for (const { key, window, amount } of closing.capUses) {
      const known = this.#capUses.get(key);
      if (known === undefined || known.window < window) this.#capUses.set(key, { key, window, amount });
      else if (known.window === window) this.#capUses.set(key, { key, window, amount: known.amount + amount });
    }
  }

  async appendTimeline(callId: string, entries: readonly TimelineEntry[]): Promise<void> {
    this.#existing(callId).timeline.push(...structuredClone(entries));
  }

  async saveRecording(recording: Recording, told: TimelineEntry | null = null): Promise<void> {
    this.#existing(recording.callId).recordings.set(recording.id, structuredClone(recording));
    if (told !== null) await this.appendTimeline(recording.callId, [told]);
  }

  async find(callId: string): Promise<CallDetails | null> {
    const stored = this.#calls.get(callId);
    if (stored === undefined) return null;
    return structuredClone({
      call: stored.call,
      legs: [...stored.legs.values()],
      timeline: stored.timeline,
      trace: stored.trace,
      bids: stored.bids,
      recordings: [...stored.recordings.values()],
      ledger: [...this.#ledger.values()].filter((entry) => entry.callId === callId),
    });
  }

  async list(page: { readonly limit: number; readonly before: string | null }): Promise<readonly Call[]> {
    if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_PAGE) {
      throw new RangeError(`a page holds 1 to ${MAX_PAGE} calls, not ${page.limit}`);
    }
    const calls = [...this.#calls.values()].map((stored) => stored.call).sort(newestFirst);
    const last = page.before === null ? -1 : calls.findIndex((call) => call.callId === page.before);
    if (page.before !== null && last < 0) return [];
    return structuredClone(calls.slice(last + 1, last + 1 + page.limit));
  }

  async search(
    filter: CallFilter,
    page: { readonly limit: number; readonly after: CallPosition | null },
  ): Promise<FoundCalls> {
    if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_PAGE) {
      throw new RangeError(`a page holds 1 to ${MAX_PAGE} calls, not ${page.limit}`);
    }
    const { after } = page;
    const wanted = [...this.#calls.values()]
      .map((stored) => stored.call)
      .filter((call) => isWanted(call, filter) && (after === null || newestFirst(after, call) < 0))
      .sort(newestFirst);
    const calls = wanted.slice(0, page.limit);
    const last = calls.at(-1);
    const isMore = wanted.length > calls.length;
    const next = isMore && last !== undefined ? { startedAt: last.startedAt, callId: last.callId } : null;
    return structuredClone({ calls, next });
  }

  async logged(
    filter: CallFilter,
    page: { readonly limit: number; readonly after: CallPosition | null },
  ): Promise<FoundLoggedCalls> {
    const { calls, next } = await this.search(filter, page);
    return { calls: structuredClone(calls.map((call) => this.#withBids(call))), next };
  }

  async loggedCall(callId: string): Promise<LoggedCall | null> {
    const found = this.#calls.get(callId);
    return found === undefined ? null : structuredClone(this.#withBids(found.call));
  }

  #withBids(call: Call): LoggedCall {
    const { bids = [], trace = null } = this.#calls.get(call.callId) ?? {};
    return loggedCallOf(call, bids, trace === null ? null : refusalsOf(trace));
  }

  async findRecording(recordingId: string): Promise<Recording | null> {
    for (const { recordings } of this.#calls.values()) {
      const recording = recordings.get(recordingId);
      if (recording !== undefined) return structuredClone(recording);
    }
    return null;
  }

  async targetDials(perTarget: number): Promise<readonly TargetDial[]> {
    const oldestFirst = this.#dials.toSorted((left, right) => left.endedAt - right.endedAt);
    const kept = oldestFirst.filter((dial, index) => {
      const later = oldestFirst.slice(index + 1).filter(({ targetId }) => targetId === dial.targetId);
      return later.length < perTarget;
    });
    return structuredClone(kept);
  }

  async capUses(): Promise<readonly CapUse[]> {
    return structuredClone([...this.#capUses.values()]);
  }

  async unfinished(): Promise<readonly Call[]> {
    const calls = [...this.#calls.values()].map((stored) => stored.call).filter((call) => !isTerminal(call.state));
    return structuredClone(calls.sort((left, right) => newestFirst(right, left)));
  }

  async continuations(): Promise<readonly Continuation[]> {
    const all = [...this.#calls.values()].map(({ continuation }) => continuation);
    return structuredClone(all.filter((continuation) => continuation !== null));
  }

  async unfinishedRecordings(): Promise<readonly Recording[]> {
    const all = [...this.#calls.values()].flatMap(({ recordings }) => [...recordings.values()]);
    const open = all.filter(({ state }) => state === 'recording');
    return structuredClone(open.sort((left, right) => left.startedAt - right.startedAt));
  }

  #existing(callId: string): StoredCall {
    const stored = this.#calls.get(callId);
    if (stored === undefined) throw new Error(`call ${callId} is not in the store`);
    return stored;
  }
}
