/**
 * Supervisors who listen to a call, whisper into it or talk with it: rung while two talk, and gone when either of them leaves. Who asked
 * for it, for which call, how and when stands in the call's timeline. The talk opens and closes it, routes of the API use it.
 *
 * States of one monitor: ringing -> on -> over, and ringing -> over when nobody answers.
 */

import {
  describeManner,
  type MonitorManner,
  type MonitorMode,
  mannerOf,
  type WhisperEar,
} from '../../domain/calls/monitor.js';
import { type Destination, formatDestination } from '../../domain/trunks/destination.js';
import type { CallJournal } from '../calls/call-journal.js';
import { type CallScope, untilAborted } from '../calls/call-scope.js';
import type { AttachOutcome, BuyerLeg } from '../ports/telephony.js';

/** On one call at a time. */
const MOST = 5;

export interface MonitorManners {
  readonly mode: MonitorMode;
  /** Of a whisper. */
  readonly to: WhisperEar;
}

export interface MonitorRequest extends MonitorManners {
  readonly ring: SupervisorRing;
  /** Who asks, for people. */
  readonly by: string;
}

/** Whom to ring. */
export interface SupervisorRing {
  readonly destination: Destination;
  readonly trunkId: string | null;
}

export interface MonitorView extends MonitorManners {
  readonly id: string;
  readonly destination: string;
  readonly by: string;
  readonly state: 'ringing' | 'on';
  /** Milliseconds since 1970-01-01 UTC. */
  readonly startedAt: number;
}

export type RungSupervisor =
  | { readonly kind: 'answered'; readonly leg: BuyerLeg }
  | { readonly kind: 'failed'; readonly detail: string };

/** Two who talk, and what is needed to bring a third one to them. */
export interface MonitoredTalk {
  readonly scope: CallScope;
  newId(): string;
  /** Never rejects; the leg is released with the scope. */
  ring(scope: CallScope, whom: SupervisorRing): Promise<RungSupervisor>;
  /** Never rejects. */
  attach(listener: BuyerLeg, manner: MonitorManner): Promise<AttachOutcome>;
}

export type MonitorStart =
  | { readonly kind: 'started'; readonly monitor: MonitorView }
  | { readonly kind: 'no-talk' }
  | { readonly kind: 'too-many'; readonly most: number };

export type MonitorChange =
  | { readonly kind: 'changed'; readonly monitor: MonitorView }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly detail: string };

class Monitor {
  view: MonitorView;
  readonly scope: CallScope;
  leg: BuyerLeg | null = null;
  over: Promise<void> = Promise.resolve();

  constructor(view: MonitorView, scope: CallScope) {
    this.view = view;
    this.scope = scope;
  }
}

export class MonitorDesk {
  readonly #journal: CallJournal;
  readonly #monitors = new Map<string, Monitor>();
  #talk: MonitoredTalk | null = null;

  constructor(journal: CallJournal) {
    this.#journal = journal;
  }

  /** Two talk from now on. What it returns ends every monitor, and settles when nothing is left of them. */
  open(talk: MonitoredTalk): () => Promise<void> {
    this.#talk = talk;
    return async () => {
      if (this.#talk === talk) this.#talk = null;
      const monitors = [...this.#monitors.values()];
      for (const { scope } of monitors) scope.abort();
      await Promise.all(monitors.map(({ over }) => over));
    };
  }

  list(): readonly MonitorView[] {
    return [...this.#monitors.values()].map(({ view }) => view);
  }

  /** Begins to ring him; whether he comes is told in the timeline. */
  start({ mode, to, ring, by }: MonitorRequest): MonitorStart {
    const talk = this.#talk;
    if (talk === null) return { kind: 'no-talk' };
    if (this.#monitors.size >= MOST) return { kind: 'too-many', most: MOST };
    const id = talk.newId();
    const destination = formatDestination(ring.destination);
    const view = { id, mode, to, destination, by, state: 'ringing', startedAt: this.#journal.wallMs() } as const;
    const monitor = new Monitor(view, talk.scope.fork());
    this.#monitors.set(id, monitor);
    this.#note(monitor, `a supervisor is rung who ${describeManner(mannerOf(mode, to))}, as ${by} asked for`);
    monitor.over = this.#run(talk, monitor, ring);
    return { kind: 'started', monitor: view };
  }

  /** `by` names who asks. Whoever still rings begins in the new manner. */
  async change(id: string, manners: MonitorManners, by: string): Promise<MonitorChange> {
    const monitor = this.#monitors.get(id);
    const talk = this.#talk;
    if (monitor === undefined || talk === null) return { kind: 'missing' };
    const manner = mannerOf(manners.mode, manners.to);
    const { leg } = monitor;
    if (leg !== null) {
      const attached = await talk.attach(leg, manner);
      if (attached.kind === 'failed') {
        // Who hears him now is not known, so nobody may.
        monitor.scope.abort();
        return attached;
      }
    }
    monitor.view = { ...monitor.view, ...manners };
    this.#note(monitor, `the supervisor now ${describeManner(manner)}, as ${by} asked for`, by);
    return { kind: 'changed', monitor: monitor.view };
  }

  /** False when there is none such. */
  async stop(id: string, by: string): Promise<boolean> {
    const monitor = this.#monitors.get(id);
    if (monitor === undefined) return false;
    this.#note(monitor, `the supervisor is sent away by ${by}`, by);
    monitor.scope.abort();
    await monitor.over;
    return true;
  }

  async #run(talk: MonitoredTalk, monitor: Monitor, ring: SupervisorRing): Promise<void> {
    const { scope } = monitor;
    try {
      const rung = await talk.ring(scope, ring);
      if (rung.kind === 'failed') {
        this.#note(monitor, `the supervisor did not come: ${rung.detail}`);
        return;
      }
      const manner = mannerOf(monitor.view.mode, monitor.view.to);
      const attached = await talk.attach(rung.leg, manner);
      if (attached.kind === 'failed') {
        this.#note(monitor, `the supervisor could not be let in: ${attached.detail}`);
        return;
      }
      monitor.leg = rung.leg;
      monitor.view = { ...monitor.view, state: 'on' };
      this.#note(monitor, `the supervisor ${describeManner(manner)}`);
      await untilAborted(scope.signal, rung.leg.ended);
      this.#note(monitor, 'the supervisor is gone');
    } catch (error) {
      this.#journal.alarm('bug', `a monitor failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await scope[Symbol.asyncDispose]();
      this.#monitors.delete(monitor.view.id);
    }
  }

  #note({ view }: Monitor, text: string, by = view.by): void {
    const { id, mode, to, destination } = view;
    this.#journal.step('monitor', text, { monitorId: id, mode, to: mode === 'whisper' ? to : null, destination, by });
  }
}
