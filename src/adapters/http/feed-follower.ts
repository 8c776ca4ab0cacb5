/**
 * One follower of the live feed on his WebSocket (RFC 6455). He is sent what he has not read as fast as he reads it, and
 * never more than a bounded number of bytes ahead. Who is overtaken by the ring, or does not answer a ping, is closed as too
 * slow. Nothing here runs inside the flow of a call but `wake`, which only asks for a later turn.
 *
 *   following -> waiting (his buffer is full) -> following
 *   following, waiting -> closing (too slow, key revoked, feed over) -> closed
 */
import type { WebSocket } from '@fastify/websocket';
import type { FeedCursor } from '../../application/operation/live-feed.js';
import type { Clock } from '../../application/ports/clock.js';
import { assertNever } from '../../domain/assert-never.js';
import type { CallView } from './call-resource.js';
import type { FeedTexts } from './feed-text.js';

/** Bytes on the way to a follower from which on nothing more is handed to his socket. */
export const FOLLOWER_BUFFER_BYTES = 262_144;
/** Events that one follower is sent before others have their turn. */
const EVENTS_A_TURN = 200;
export const HEARTBEAT_MS = 15_000;
/** A follower who does not answer the close is cut off after this long. */
const CLOSE_GRACE_MS = 5_000;

/** RFC 6455 section 7.4: 1001 is going away; 4000 to 4999 are ours. */
export const CLOSE_CODES = { goingAway: 1001, keyRevoked: 4001, tooSlow: 4008, resumeImpossible: 4010 } as const;

export interface FollowerOptions {
  readonly socket: WebSocket;
  readonly cursor: FeedCursor;
  readonly texts: FeedTexts;
  readonly view: CallView;
  readonly clock: Clock;
  /** Whether his key still stands; asked at each heartbeat. */
  readonly isKeyValid: () => Promise<boolean>;
  readonly onTooSlow: () => void;
}

export class FeedFollower {
  readonly #options: FollowerOptions;
  #isTurnAsked = false;
  #hasAnswered = true;
  #state: 'following' | 'closing' | 'closed' = 'following';
  #stopTimer: () => void = () => undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on('pong', () => {
      this.#hasAnswered = true;
    });
    socket.on('close', () => this.#end());
    this.#startHeartbeat();
    this.wake();
  }

  /** Something was published, or the socket has room again. Costs the same whatever the follower does. */
  wake(): void {
    if (this.#isTurnAsked || this.#state !== 'following') return;
    this.#isTurnAsked = true;
    setImmediate(() => {
      this.#isTurnAsked = false;
      this.#send();
    });
  }

  /** The feed is over: he is sent what there is room for, and told why. */
  finish(): void {
    this.#send();
    this.close(CLOSE_CODES.goingAway, 'the node is stopping');
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'following') return;
    this.#state = 'closing';
    this.#stopTimer();
    const { socket, clock } = this.#options;
    socket.close(code, reason);
    this.#stopTimer = clock.startTimer(CLOSE_GRACE_MS, () => socket.terminate());
  }

  #send(): void {
    const { socket, cursor } = this.#options;
    for (let sent = 0; this.#state === 'following'; sent += 1) {
      // Looked at before the buffer, so that a follower whose buffer stays full is overtaken and noticed.
      if (cursor.isOvertaken) this.#tooSlow('too slow: events were lost');
      else if (socket.bufferedAmount > FOLLOWER_BUFFER_BYTES || !this.#sendNext()) return;
      else if (sent === EVENTS_A_TURN) {
        this.wake();
        return;
      }
    }
  }

  /** False when there was nothing to send. */
  #sendNext(): boolean {
    const { socket, cursor, texts, view } = this.#options;
    const taken = cursor.take();
    switch (taken.kind) {
      case 'event':
        socket.send(texts.of(taken.event, view), () => this.wake());
        return true;
      case 'caught-up':
        return false;
      case 'too-slow':
        this.#tooSlow('too slow: events were lost');
        return false;
      case 'closed':
        this.close(CLOSE_CODES.goingAway, 'the node is stopping');
        return false;
      default:
        return assertNever(taken);
    }
  }

  #tooSlow(reason: string): void {
    this.#options.onTooSlow();
    this.close(CLOSE_CODES.tooSlow, reason);
  }

  #startHeartbeat(): void {
    this.#stopTimer = this.#options.clock.startTimer(HEARTBEAT_MS, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    if (this.#state !== 'following') return;
    if (!this.#hasAnswered) {
      this.#tooSlow('too slow: no answer to a ping');
      return;
    }
    this.#hasAnswered = false;
    this.#options.socket.ping();
    this.#startHeartbeat();
    try {
      if (!(await this.#options.isKeyValid())) this.close(CLOSE_CODES.keyRevoked, 'the key was revoked');
    } catch {
      // The store does not answer now: the key was valid at the last heartbeat and is asked for again at the next.
    }
  }

  #end(): void {
    this.#state = 'closed';
    this.#stopTimer();
  }
}
