/**
 * The steps of one call as they happen, from the live feed of the running app (GET /api/v1/feed, a WebSocket). The call is known by its
 * DID: the first that is received there after the feed was opened is ours, and the closing event says by its Call-ID whether it was.
 *
 * States: opening -> open -> closed.
 */
import { WebSocket } from 'undici';
import type { Call } from '../../domain/calls/call.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { ApiAccess } from '../client-environment.js';

const OPEN_MS = 3_000;

/** What the closing event says of a call. */
export type ClosedCall = Pick<Call, 'callId' | 'sipCallId' | 'outcome' | 'release'>;

type FeedCall = { readonly id: string; readonly calledNumber: string } & Omit<ClosedCall, 'callId'>;

/** Of a message, what is read here; what else the feed says is for others. */
type FeedMessage =
  | { readonly type: 'hello' }
  | ({ readonly type: 'step'; readonly call: FeedCall } & TimelineEntry)
  | { readonly type: 'closed'; readonly call: FeedCall };

export interface FeedHandlers {
  readonly did: string;
  readonly stepped: (callId: string, entry: TimelineEntry) => void;
  readonly closed: (call: ClosedCall) => void;
}

function feedUrl(url: string): URL {
  const feed = new URL('/api/v1/feed', url);
  feed.protocol = feed.protocol === 'https:' ? 'wss:' : 'ws:';
  return feed;
}

export class FeedSteps implements Disposable {
  readonly #socket: WebSocket;
  readonly #handlers: FeedHandlers;
  #callId: string | null = null;

  private constructor(socket: WebSocket, handlers: FeedHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
  }

  /** Settles when the feed has greeted us, so that no event of a later call is missed. Rejects with a sentence. */
  static async open({ url, key }: ApiAccess, handlers: FeedHandlers): Promise<FeedSteps> {
    const socket = new WebSocket(feedUrl(url), { headers: { authorization: `Bearer ${key}` } });
    const steps = new FeedSteps(socket, handlers);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const fail = (): void =>
          reject(new Error('it cannot be opened: check RINGPOST_URL, and the key and its scope calls:read'));
        timer = setTimeout(fail, OPEN_MS);
        socket.addEventListener('error', fail);
        socket.addEventListener('close', fail);
        socket.addEventListener('message', ({ data }) => {
          resolve();
          steps.#take(String(data));
        });
      });
      return steps;
    } catch (error) {
      socket.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #take(text: string): void {
    const message = JSON.parse(text) as FeedMessage;
    if (message.type === 'step') this.#step(message);
    else if (message.type === 'closed' && message.call.id === this.#callId) {
      const { sipCallId, outcome, release } = message.call;
      this.#handlers.closed({ callId: message.call.id, sipCallId, outcome, release });
    }
  }

  #step({ call, atMs, step, text, data }: Extract<FeedMessage, { type: 'step' }>): void {
    if (this.#callId === null && step === 'received' && call.calledNumber === this.#handlers.did)
      this.#callId = call.id;
    if (call.id === this.#callId) this.#handlers.stepped(call.id, { atMs, step, text, data });
  }
}
