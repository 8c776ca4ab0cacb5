/**
 * What is told of a test call while it goes on and what is known of it at the end: from the live feed where there is one, from the
 * database of the app where it is on this machine, or from neither. Printing happens here, so that no step is printed twice.
 */
import type { CallState } from '../../domain/calls/call.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import { linesOfStep } from '../step-printer.js';
import type { CallRecord } from './call-record.js';
import type { ClosedCall } from './feed-steps.js';
import type { JudgedCall } from './verdict.js';

/** For the states of the record, which come while the call goes on; its steps are written when it ends. */
const STATES: Readonly<Partial<Record<CallState, string>>> = {
  received: 'the app has the call',
  answered: 'the caller is greeted and held',
  dialing: 'a buyer is rung',
  bridged: 'the buyer is connected',
  fallback: 'nobody bought it: the fallback of the campaign',
};

export class CallSteps {
  /** Settles when the caller is with a buyer, or on the way that the campaign has for calls without one. */
  readonly bridged: Promise<void>;
  readonly #print: (line: string) => void;
  readonly #timeline: TimelineEntry[] = [];
  #markBridged: () => void = () => undefined;
  #markClosed: () => void = () => undefined;
  readonly #closed: Promise<void>;
  #closing: ClosedCall | null = null;

  constructor(print: (line: string) => void) {
    this.#print = print;
    this.bridged = new Promise((resolve) => {
      this.#markBridged = resolve;
    });
    this.#closed = new Promise((resolve) => {
      this.#markClosed = resolve;
    });
  }

  /** From the database. */
  state(state: CallState): void {
    const sentence = STATES[state];
    if (sentence !== undefined) this.#print(`  ${sentence}`);
    if (state === 'bridged' || state === 'fallback') this.#markBridged();
  }

  /** From the feed. */
  step(callId: string, entry: TimelineEntry): void {
    this.#timeline.push(entry);
    linesOfStep(callId, entry).forEach(this.#print);
    if (entry.step === 'bridged' || entry.step === 'fallback') this.#markBridged();
  }

  closed(call: ClosedCall): void {
    this.#closing = call;
    this.#markClosed();
  }

  /** The call once it is closed, its further steps printed; null when nobody knows of it. */
  async end(record: CallRecord | null, sipCallId: string, limitMs: number): Promise<JudgedCall | null> {
    if (record === null) return await this.#endOfFeed(sipCallId, limitMs);
    const details = await record.closed(sipCallId, limitMs);
    const { timeline = [], call } = details ?? {};
    for (const entry of timeline.slice(this.#timeline.length))
      linesOfStep(call?.callId ?? '', entry).forEach(this.#print);
    return details;
  }

  async #endOfFeed(sipCallId: string, limitMs: number): Promise<JudgedCall | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    if (this.#timeline.length > 0) await Promise.race([this.#closed, late]);
    clearTimeout(timer);
    // Another call came to the same DID just before ours: what was shown is not about ours.
    if (this.#closing?.sipCallId !== sipCallId) return null;
    return { call: this.#closing, timeline: this.#timeline, recordings: [] };
  }
}
