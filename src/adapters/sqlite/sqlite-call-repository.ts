/** Calls in SQLite: writes go to the writer thread and settle when durable, reads to the reader thread. */
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
import { type Call, isTerminal } from '../../domain/calls/call.js';
import type { Continuation } from '../../domain/calls/continuation.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { LoggedCall } from '../../domain/plans/logged-call.js';
import type { CapUse } from '../../domain/routing/cap.js';
import type { TargetDial } from '../../domain/routing/target-dial.js';
import type { ReadResults, StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

const MAX_PAGE = 1_000;
const NOTHING_STORED = { timeline: 0, bids: 0 } as const;

export class SqliteCallRepository implements CallRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async open(call: Call, asked: HistoryQuestion | null = null): Promise<CallerHistory | null> {
    return (await this.#writer.request({ kind: 'open-call', call, asked })) as CallerHistory | null;
  }

  async save(call: Call, progress?: CallProgress): Promise<void> {
    await this.#writer.request({ kind: 'save-call', call, progress: progress ?? null });
  }

  async saveLeg(leg: Leg): Promise<void> {
    await this.#writer.request({ kind: 'save-leg', leg });
  }

  async close(closing: CallClosing): Promise<void> {
    const { state } = closing.call;
    if (!isTerminal(state)) throw new Error(`a closing carries an ended call, this one is ${state}`);
    const { timeline, bids } = closing.stored ?? NOTHING_STORED;
    // Every entry that goes to the other thread is copied.
    const rest = { timeline: closing.timeline.slice(timeline), bids: closing.bids.slice(bids) };
    await this.#writer.request({ kind: 'close-call', closing: { ...closing, ...rest } });
  }

  async appendTimeline(callId: string, entries: readonly TimelineEntry[]): Promise<void> {
    await this.#writer.request({ kind: 'append-timeline', callId, entries });
  }

  async saveRecording(recording: Recording, told: TimelineEntry | null = null): Promise<void> {
    await this.#writer.request({ kind: 'save-recording', recording, told });
  }

  async find(callId: string): Promise<CallDetails | null> {
    const details = await this.#reader.request({ kind: 'find-call', callId });
    return details as ReadResults['find-call'];
  }

  async list(page: { readonly limit: number; readonly before: string | null }): Promise<readonly Call[]> {
    if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_PAGE) {
      throw new RangeError(`a page holds 1 to ${MAX_PAGE} calls, not ${page.limit}`);
    }
    const calls = await this.#reader.request({ kind: 'list-calls', limit: page.limit, before: page.before });
    return calls as ReadResults['list-calls'];
  }

  async search(
    filter: CallFilter,
    page: { readonly limit: number; readonly after: CallPosition | null },
  ): Promise<FoundCalls> {
    if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_PAGE) {
      throw new RangeError(`a page holds 1 to ${MAX_PAGE} calls, not ${page.limit}`);
    }
    const found = await this.#reader.request({ kind: 'search-calls', filter, limit: page.limit, after: page.after });
    return found as ReadResults['search-calls'];
  }

  async logged(
    filter: CallFilter,
    { limit, after }: { readonly limit: number; readonly after: CallPosition | null },
  ): Promise<FoundLoggedCalls> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw new RangeError(`a page holds 1 to ${MAX_PAGE} calls, not ${limit}`);
    }
    const found = await this.#reader.request({ kind: 'logged-calls', filter, limit, after });
    return found as ReadResults['logged-calls'];
  }

  async loggedCall(callId: string): Promise<LoggedCall | null> {
    return (await this.#reader.request({ kind: 'logged-call', callId })) as ReadResults['logged-call'];
  }

  async findRecording(recordingId: string): Promise<Recording | null> {
    const recording = await this.#reader.request({ kind: 'find-recording', recordingId });
    return recording as ReadResults['find-recording'];
  }

  async targetDials(perTarget: number): Promise<readonly TargetDial[]> {
    const found = await this.#reader.request({ kind: 'target-dials', perTarget });
    return found as ReadResults['target-dials'];
  }

  async capUses(): Promise<readonly CapUse[]> {
    return (await this.#reader.request({ kind: 'cap-uses' })) as ReadResults['cap-uses'];
  }

  async unfinished(): Promise<readonly Call[]> {
    const calls = await this.#reader.request({ kind: 'unfinished-calls' });
    return calls as ReadResults['unfinished-calls'];
  }

  async continuations(): Promise<readonly Continuation[]> {
    const continuations = await this.#reader.request({ kind: 'continuations' });
    return continuations as ReadResults['continuations'];
  }

  async unfinishedRecordings(): Promise<readonly Recording[]> {
    const recordings = await this.#reader.request({ kind: 'unfinished-recordings' });
    return recordings as ReadResults['unfinished-recordings'];
  }
}
