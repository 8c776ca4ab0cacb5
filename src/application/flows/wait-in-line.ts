/**
 * A caller waits until somebody is free for him: in the order of arrival, with music, now and then told where he stands, and until he
 * presses the key that leads out. Used for queues of flows, of fallback chains and of agents, which say who serves him.
 */
import { QUEUE_POSITION, type QueueTerms } from '../../domain/routing/queue.js';
import { type CallContext, promptFile } from '../calls/call-context.js';
import { untilAborted } from '../calls/call-scope.js';
import type { CallerTalk } from '../calls/caller-talk.js';
import type { PlaceInLine } from './waiting-line.js';

export type Waited<Served> =
  | { readonly kind: 'served'; readonly served: Served }
  | { readonly kind: 'timeout' }
  /** By his key. */
  | { readonly kind: 'left' }
  | { readonly kind: 'full' }
  | { readonly kind: 'caller-gone' };

export interface ServeTerms {
  readonly leftMs: number;
  /** Somebody is being rung: the next caller may have his turn. */
  readonly onRinging: () => void;
  /** He is joined with somebody: from here on his keys are no longer ours. */
  readonly onJoined: () => void;
}

/** Whoever takes callers out of the line. */
export interface QueueServer<Served> {
  /** Looked at often, and asked by those who wait behind him. */
  couldServe(context: CallContext): boolean;
  /** Null when nobody took the call. The scope of the context ends when the caller leaves the queue. */
  serve(context: CallContext, terms: ServeTerms): Promise<Served | null>;
}

export interface QueueVisit<Served> {
  /** Of the line: the same for all who wait for the same. */
  readonly name: string;
  readonly talk: CallerTalk;
  readonly terms: QueueTerms;
  readonly server: QueueServer<Served>;
  readonly tell: (text: string, data?: Readonly<Record<string, string | number>>) => void;
}

/** How soon it is seen that a member is free whose call was none of the queue's. */
const LOOK_MS = 1_000;
/** How often the music is played while keys are heard: what the dialplan's extension `listen` plays, less one. */
const LISTENED_PLAYS = 11;
/** Before members who have not answered are rung again. */
const AGAIN_MS = 5_000;

class Waiting<Served> {
  readonly #visit: QueueVisit<Served>;
  readonly #context: CallContext;
  readonly #place: PlaceInLine;
  readonly #endsMs: number;
  #ringFromMs = 0;
  /** Until then keys are heard over the music. */
  #hearsKeysUntilMs = 0;
  #announceAtMs: number;
  #hasLeft = false;

  constructor(visit: QueueVisit<Served>) {
    const { context } = visit.talk;
    const nowMs = context.deps.clock.monotonicMs();
    this.#visit = visit;
    this.#context = { ...context, queuedAtMs: nowMs };
    this.#place = context.deps.lines.line(visit.name).join(() => this.#couldBeServed());
    this.#endsMs = nowMs + visit.terms.maxWaitMs;
    this.#announceAtMs = visit.terms.prompt === null ? Number.POSITIVE_INFINITY : nowMs;
    // What was pressed before the queue was meant for something else.
    visit.talk.keys.clear();
  }

  get #nowMs(): number {
    return this.#context.deps.clock.monotonicMs();
  }

  leave(): void {
    this.#place.leave();
  }

  async run(): Promise<Waited<Served>> {
    const { talk, tell } = this.#visit;
    // A consent announcement is never cut.
    await untilAborted(this.#context.scope.signal, talk.caller.greeted);
    await this.#hold();
    const { position } = this.#place;
    tell(`waits in the queue as number ${position}`, { position });
    for (;;) {
      await talk.untilLeft();
      if (talk.isOver) return { kind: 'caller-gone' };
      if (this.#hasLeft) return { kind: 'left' };
      const { moved } = this.#place;
      const served = await this.#serve();
      if (served !== null) return { kind: 'served', served };
      if (talk.isOver) return { kind: 'caller-gone' };
      if (this.#hasLeft) return { kind: 'left' };
      if (this.#nowMs >= this.#endsMs) return { kind: 'timeout' };
      if (this.#nowMs >= this.#announceAtMs) await this.#announce();
      else if (this.#nowMs >= this.#hearsKeysUntilMs) await this.#hold();
      else await this.#pause(moved);
    }
  }

  /** Whether anybody is free for him now. */
  #couldBeServed(): boolean {
    return this.#visit.server.couldServe(this.#context);
  }

  /** Null when it is not his turn, or nobody is free, or nobody took the call. */
  async #serve(): Promise<Served | null> {
    if (this.#nowMs < this.#ringFromMs || this.#nowMs >= this.#endsMs) return null;
    if (!this.#couldBeServed() || !this.#place.isNext) return null;
    // Of its own, so that a caller who leaves the queue lets go whoever rings.
    const scope = this.#context.scope.fork();
    this.#context.scope.defer(() => scope[Symbol.asyncDispose]());
    let isJoined = false;
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    void this.#pressed(settled).then((hasPressed) => {
      if (!hasPressed || isJoined) return;
      this.#hasLeft = true;
      scope.abort();
    });
    let served: Served | null = null;
    try {
      served = await this.#visit.server.serve(
        { ...this.#context, scope },
        {
          leftMs: this.#endsMs - this.#nowMs,
          onRinging: () => this.#place.setServed(true),
          onJoined: () => {
            isJoined = true;
            settle();
          },
        },
      );
      return served;
    } finally {
      isJoined = true;
      settle();
      this.#ringFromMs = this.#nowMs + AGAIN_MS;
      this.#place.setServed(false);
      if (served === null) await scope[Symbol.asyncDispose]();
    }
  }

  /** Whether he presses the key that leads out before `until` settles. Other keys mean nothing here. */
  async #pressed(until: Promise<unknown>): Promise<boolean> {
    const { keys } = this.#visit.talk;
    const { leaveKey } = this.#visit.terms;
    if (leaveKey === null) return false;
    for (;;) {
      await keys.arrival(until);
      const key = keys.take();
      if (key === null) return false;
      if (key === leaveKey) return true;
    }
  }

  async #hold(): Promise<void> {
    const { talk, terms } = this.#visit;
    const { campaign } = this.#context;
    const hearsKeys = terms.leaveKey !== null;
    const music = hearsKeys ? promptFile(this.#context, campaign.holdMusicPromptId, 'hold music') : null;
    this.#hearsKeysUntilMs = hearsKeys
      ? this.#nowMs + LISTENED_PLAYS * Math.max(1_000, music?.durationMs ?? 0)
      : Number.POSITIVE_INFINITY;
    await talk.caller.hold(hearsKeys);
  }

  /** Where he stands, and that he is not forgotten. */
  async #announce(): Promise<void> {
    const { talk, terms } = this.#visit;
    const position = new Map([[QUEUE_POSITION, String(this.#place.position)]]);
    await talk.say(terms.prompt, terms.leaveKey !== null, 0, position);
    if (await this.#pressed(Promise.resolve())) this.#hasLeft = true;
    else await this.#hold();
    this.#announceAtMs = this.#nowMs + terms.announceEveryMs;
  }

  async #pause(moved: Promise<void>): Promise<void> {
    const { clock } = this.#context.deps;
    const { signal } = this.#context.scope;
    const dueMs = Math.min(this.#endsMs, this.#announceAtMs, this.#hearsKeysUntilMs, this.#nowMs + LOOK_MS);
    let wake = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const stop = clock.startTimer(Math.max(0, dueMs - this.#nowMs), wake);
    signal.addEventListener('abort', wake, { once: true });
    const ended = Promise.race([over, moved]);
    if (await this.#pressed(ended)) this.#hasLeft = true;
    else await ended;
    signal.removeEventListener('abort', wake);
    stop();
  }
}

/** Settles when he is served, his time is over, or he has left. Whoever wanted to wait behind too many is told at once. */
export async function waitInLine<Served>(visit: QueueVisit<Served>): Promise<Waited<Served>> {
  const line = visit.talk.context.deps.lines.line(visit.name);
  if (line.isFull(visit.terms.maxCallers)) {
    visit.tell('the queue is full');
    return { kind: 'full' };
  }
  const waiting = new Waiting(visit);
  try {
    return await waiting.run();
  } finally {
    waiting.leave();
  }
}
