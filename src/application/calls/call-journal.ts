/**
 * The memory of one call while it lasts: its record, timeline, bids and trace, and the writes that make them durable. It
 * is the only writer of a call's row. `open` and `journalLeg` are awaited before anything is answered, `noteLeg` before a
 * buyer is joined; the other writes go out in order and are not waited for.
 */
import type { BidRecord } from '../../domain/bidding/bid.js';
import type { CallerHistory } from '../../domain/callers/caller-history.js';
import { advance, type Call, type CallChanges, type CallState } from '../../domain/calls/call.js';
import type { AgentOfCall, Agreement, ForeseenEnd } from '../../domain/calls/continuation.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { TimelineEntry, TimelineStep } from '../../domain/calls/timeline.js';
import type { LedgerEntry } from '../../domain/money/ledger.js';
import { type CapOutcomeOfCall, type CapUse, capAmountOf, isOfWholeCall } from '../../domain/routing/cap.js';
import type { DecisionTrace } from '../../domain/routing/decision-trace.js';
import { dialsOf } from '../../domain/routing/target-dial.js';
import type { CallEvents } from '../ports/call-events.js';
import { type CallRepository, LeaseLostError } from '../ports/call-repository.js';
import type { HistoryQuestion } from '../ports/caller-histories.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationReader } from '../ports/configuration-repository.js';
import type { CapReservation } from '../sale/cap-counter.js';
import type { PlanRecords } from '../sale/plan-records.js';
import { type JournalPast, NO_PAST } from './journal-past.js';
import { WrittenProgress } from './written-progress.js';

const CLOSE_RETRY_MS = 1_000;
const CLOSE_ATTEMPTS = 300;

export interface JournalDependencies {
  readonly calls: CallRepository;
  readonly events: CallEvents;
  readonly clock: Clock;
  readonly configuration: ConfigurationReader;
  readonly planRecords: Pick<PlanRecords, 'note'>;
}

export class CallJournal {
  readonly #deps: JournalDependencies;
  readonly #bornMs: number;
  /** Reserved for the call and not settled yet. */
  readonly #heldCaps: CapReservation[] = [];
  readonly #capUses: CapUse[] = [];
  readonly #deliveries: Delivery[] = [];
  readonly #timeline: TimelineEntry[];
  readonly #bids: BidRecord[];
  readonly #written: WrittenProgress;
  #call: Call;
  #agreements: readonly Agreement[];
  #hasContinuation: boolean;
  #foreseen: ForeseenEnd | null;
  #pausedBy: string | null;
  #agent: AgentOfCall | null;
  #trace: DecisionTrace | null = null;
  #isTraceWritten = false;

  /** `bornMs` is the monotonic instant at which the INVITE arrived. */
  constructor(deps: JournalDependencies, call: Call, bornMs: number, past: JournalPast = NO_PAST) {
    this.#deps = deps;
    this.#call = call;
    this.#bornMs = bornMs;
    this.#timeline = [...past.timeline];
    this.#bids = [...past.bids];
    this.#agreements = past.agreements;
    this.#hasContinuation = past !== NO_PAST;
    this.#foreseen = past.foreseen;
    this.#pausedBy = past.pausedBy;
    this.#agent = past.agent;
    this.#written = new WrittenProgress({ timeline: past.timeline.length, bids: past.bids.length });
  }

  get call(): Call {
    return this.#call;
  }

  /** As it is now: it grows with each step. */
  get timeline(): readonly TimelineEntry[] {
    return this.#timeline;
  }

  get bids(): readonly BidRecord[] {
    return this.#bids;
  }

  /** Milliseconds since the INVITE arrived. */
  offsetMs(): number {
    return Math.round(this.#deps.clock.monotonicMs() - this.#bornMs);
  }

  step(step: TimelineStep, text: string, data: TimelineEntry['data'] = {}): void {
    const entry: TimelineEntry = { atMs: this.offsetMs(), step, text, data };
    this.#timeline.push(entry);
    this.#deps.events.stepped(this.#call, entry);
  }

  /** Something that an operator has to mend; the call goes on. */
  alarm(kind: string, sentence: string): void {
    this.step('alarm', sentence, { kind });
    this.#deps.events.alarm(kind, sentence);
  }

  /** Owed once the call is closed. */
  deliver(delivery: Delivery): void {
    this.#deliveries.push(delivery);
  }

  addBid(bid: BidRecord): void {
    this.#bids.push(bid);
  }

  /** Settled with the call, at the latest. */
  holdCaps(reservation: CapReservation): void {
    this.#heldCaps.push(reservation);
  }

  /** Settles a dial that came to nothing, of which the attempt counts; does nothing when they are held. */
  dropCaps(reservation: CapReservation): void {
    if (this.#heldCaps.includes(reservation)) return;
    this.#settleCaps(reservation, { isConnected: false, isBilled: false, priceMicros: 0 });
  }

  /** The talk that they were held for is none of the call's any more. What is not of the whole call counts as connected. */
  giveUpCaps(reservation: CapReservation): void {
    const place = this.#heldCaps.indexOf(reservation);
    if (place >= 0) this.#heldCaps.splice(place, 1);
    const outcome = { isConnected: true, isBilled: false, priceMicros: 0 };
    this.#capUses.push(
      ...reservation.settle((counted) => (isOfWholeCall(counted) ? 0 : capAmountOf(counted, outcome))),
    );
  }

  /** Null while nothing has been decided, and again when what was decided came to nothing. */
  get trace(): DecisionTrace | null {
    return this.#trace;
  }

  setTrace(trace: DecisionTrace): void {
    this.#trace = trace;
    this.#isTraceWritten = false;
  }

  /** It is to be made anew. */
  forgetTrace(): void {
    this.#trace = null;
  }

  /** With whom the caller may be joined, and on what terms; goes out with the next write. */
  agree(agreement: Agreement): void {
    this.#agreements = [...this.#agreements, agreement];
  }

  /** Nothing has come of it. */
  disagree(agreement: Agreement): void {
    this.#agreements = this.#agreements.filter((each) => each !== agreement);
  }

  /** With him and with nobody else; null for nobody at all. */
  agreeAlone(agreement: Agreement | null): void {
    this.#agreements = agreement === null ? [] : [agreement];
  }

  /** He has the caller from now on; goes out with the next write. */
  withAgent(agent: AgentOfCall): void {
    this.#agent = agent;
  }

  /** Who has paused the recording; null when it is not. */
  get pausedBy(): string | null {
    return this.#pausedBy;
  }

  pauseRecording(by: string | null): void {
    this.#pausedBy = by;
    this.checkpoint();
  }

  /** Nothing is decided any more: this is how the call ends when the caller has heard his last words. */
  foresee(foreseen: ForeseenEnd): void {
    this.#foreseen = foreseen;
    this.checkpoint();
  }

  /** Rejects when the store cannot take the call: then it must not be answered. Answers what is asked, null when that could not be read. */
  open(asked: HistoryQuestion | null = null): Promise<CallerHistory | null> {
    return this.#deps.calls.open(this.#call, asked);
  }

  journalLeg(leg: Leg): Promise<void> {
    return this.#deps.calls.saveLeg(leg);
  }

  /** A leg of a caller who has been answered: a store that fails now costs him nothing but what a restart would need. */
  async noteLeg(leg: Leg): Promise<void> {
    try {
      await this.journalLeg(leg);
    } catch (error) {
      this.#writeFailed(error);
    }
  }

  /** Now on the wall clock as it stood when the call came: it never jumps, so differences of two are durations. */
  wallMs(): number {
    return this.#call.startedAt + this.offsetMs();
  }

  /** Changes the record without changing its state. */
  note(changes: CallChanges): void {
    this.#call = { ...this.#call, ...changes };
  }

  advance(to: CallState, changes: CallChanges = {}): void {
    this.#call = advance(this.#call, to, changes);
    this.checkpoint();
  }

  /** Writes how far the call has come, so that another process can carry it on from here. */
  checkpoint(): void {
    const trace = this.#isTraceWritten ? null : this.#trace;
    const agreements = this.#agreements;
    const foreseen = this.#foreseen;
    const caps = this.#heldCaps.flatMap(({ requests }) => requests);
    const agent = this.#agent;
    const pausedBy = this.#pausedBy;
    const isBare = agreements.length === 0 && foreseen === null && agent === null;
    const isEmpty = isBare && caps.length === 0 && pausedBy === null;
    // What was written once and holds no longer is written over, also with nothing.
    const isPlain = isEmpty && !this.#hasContinuation;
    this.#hasContinuation = !isPlain;
    const progress = {
      continuation: isPlain ? null : { callId: this.#call.callId, agreements, foreseen, caps, pausedBy, agent },
      ...this.#written.take(this.#timeline, this.#bids),
      trace,
    };
    const onWritten = (): void => {
      this.#written.confirm(progress);
      if (trace !== null && trace === this.#trace) this.#isTraceWritten = true;
    };
    this.#deps.calls.save(this.#call, progress).then(onWritten, (error: unknown) => this.#writeFailed(error));
  }

  /**
   * The terminal write: record, timeline, trace, bids and ledger in one transaction. Tried again every second when the
   * store cannot take it, since a call must never vanish; closing twice changes nothing. A process that has lost the right
   * to write leaves the call to the one that has it.
   */
  async close(to: 'refused' | 'ended', changes: CallChanges, ledger: readonly LedgerEntry[]): Promise<void> {
    this.#call = advance(this.#call, to, changes);
    const priceMicros = ledger.find(({ kind }) => kind === 'buyer-charge')?.amountMicros ?? 0;
    const isConnected = this.#call.bridgedAt !== null;
    for (const held of this.#heldCaps) this.#settleCaps(held, { isConnected, isBilled: priceMicros > 0, priceMicros });
    const closing = {
      call: this.#call,
      timeline: this.#timeline,
      trace: this.#isTraceWritten ? null : this.#trace,
      bids: this.#bids,
      ledger,
      capUses: this.#capUses,
      deliveries: this.#deliveries,
      dials: dialsOf(this.#call, this.#timeline, (targetId) => this.#buyerOf(targetId)),
      stored: this.#written.stored,
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#deps.calls.close(closing);
        break;
      } catch (error) {
        this.#writeFailed(error);
        if (error instanceof LeaseLostError) return;
        if (attempt === CLOSE_ATTEMPTS) throw error;
        await new Promise<void>((resolve) => void this.#deps.clock.startTimer(CLOSE_RETRY_MS, resolve));
      }
    }
    for (const dial of closing.dials) this.#deps.planRecords.note(dial);
    this.#deps.events.closed(this.#call);
  }

  #buyerOf(targetId: string): string | null {
    return this.#deps.configuration.current().targets.get(targetId)?.buyerId ?? null;
  }

  /** For what happens after the close, such as the MP3. */
  async append(step: TimelineStep, text: string, data: TimelineEntry['data']): Promise<void> {
    const entry: TimelineEntry = { atMs: this.offsetMs(), step, text, data };
    this.#deps.events.stepped(this.#call, entry);
    await this.#deps.calls.appendTimeline(this.#call.callId, [entry]);
  }

  #settleCaps(reservation: CapReservation, outcome: CapOutcomeOfCall): void {
    this.#capUses.push(...reservation.settle((counted) => capAmountOf(counted, outcome)));
  }

  #writeFailed(error: unknown): void {
    const sentence = error instanceof Error ? error.message : String(error);
    this.#deps.events.alarm('store', `call ${this.#call.callId} could not be written: ${sentence}`);
  }
}
