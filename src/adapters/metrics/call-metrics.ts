/**
 * What the calls of this process are counted and timed by. Labels come from closed lists of ours alone: never an id, a
 * number, an address or a text that somebody else chose.
 */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { CallEvents } from '../../application/ports/call-events.js';
import type { Call } from '../../domain/calls/call.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';

const MS_PER_SECOND = 1_000;
const QUICK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const RING_SECONDS = [0.5, 1, 2, 5, 10, 15, 20, 25, 30, 45, 60];
const TALK_SECONDS = [5, 15, 30, 60, 90, 120, 180, 300, 600, 1_200, 3_600];
/** Kinds of alarm have short names; one that is not of this form is counted as `other`. */
const ALARM_FORM = /^[a-z][a-z-]{1,30}$/;
const ALARM_KINDS_MAX = 30;

/** Step of the timeline, and which of its figures (in ms) is its duration; `atMs` is the time since the INVITE. */
const STAGES = {
  setup: { step: 'answered', field: 'atMs', help: 'From INVITE to 200 OK.', buckets: QUICK_SECONDS },
  auction: { step: 'auction-closed', field: 'durationMs', help: 'Length of the auction.', buckets: QUICK_SECONDS },
  ring: { step: 'buyer-answered', field: 'ringMs', help: 'From INVITE to 200 OK of the buyer.', buckets: RING_SECONDS },
  talk: { step: 'unbridged', field: 'talkMs', help: 'How long the two were bridged.', buckets: TALK_SECONDS },
} as const;

function msOf(entry: TimelineEntry, field: string): number | null {
  const value = field === 'atMs' ? entry.atMs : entry.data[field];
  return typeof value === 'number' ? value : null;
}

export class CallMetrics implements CallEvents {
  readonly #received: Counter;
  readonly #ended: Counter<'outcome'>;
  readonly #bids: Counter<'result'>;
  readonly #announced: Counter<'source' | 'result'>;
  readonly #unknownSources: Counter;
  readonly #alarms: Counter<'kind'>;
  readonly #alarmKinds = new Set<string>();
  readonly #stages: readonly { readonly step: string; readonly field: string; readonly histogram: Histogram }[];

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
      new Counter({ name: `ringpost_${name}`, help, labelNames, registers });
    this.#received = counter('calls_received_total', 'INVITEs from trunks.');
    this.#ended = counter('calls_ended_total', 'Calls with a closed record, by outcome.', 'outcome');
    this.#bids = counter('pings_total', 'Pings of bidders, by whether they bid.', 'result');
    const help =
      'Calls of sources that ping, by whether a ping announced them. Labels are the sources of the configuration.';
    this.#announced = counter('publisher_calls_total', help, 'source', 'result');
    this.#unknownSources = counter('unknown_source_invites_total', 'INVITEs that got no answer at all.');
    this.#alarms = counter('alarms_total', 'What an operator has to mend, by kind.', 'kind');
    this.#stages = Object.entries(STAGES).map(([stage, { step, field, help, buckets }]) => {
      const name = `ringpost_${stage}_seconds`;
      return { step, field, histogram: new Histogram({ name, help, buckets, registers }) };
    });
  }

  stepped(_call: Call, entry: TimelineEntry): void {
    if (entry.step === 'received') this.#received.inc();
    if (entry.step === 'ping') this.#bids.inc({ result: entry.data.amountMicros === null ? 'no-bid' : 'bid' });
    this.#countAnnounced(entry);
    for (const { step, field, histogram } of this.#stages) {
      if (step !== entry.step) continue;
      const ms = msOf(entry, field);
      if (ms !== null) histogram.observe(ms / MS_PER_SECOND);
    }
  }

  /** With the pings that got a bid it gives look-to-book. */
  #countAnnounced({ step, data: { sourceId, reason } }: TimelineEntry): void {
    const source = String(sourceId);
    if (step === 'ping-taken-up') this.#announced.inc({ source, result: 'matched' });
    if (step === 'no-ping') this.#announced.inc({ source, result: String(reason) });
  }

  closed(call: Call): void {
    this.#ended.inc({ outcome: call.outcome ?? 'unknown' });
  }

  unknownSource(): void {
    this.#unknownSources.inc();
  }

  alarm(kind: string): void {
    const isKnown = this.#alarmKinds.has(kind);
    const isTaken = isKnown || (ALARM_FORM.test(kind) && this.#alarmKinds.size < ALARM_KINDS_MAX);
    if (isTaken) this.#alarmKinds.add(kind);
    this.#alarms.inc({ kind: isTaken ? kind : 'other' });
  }
}
