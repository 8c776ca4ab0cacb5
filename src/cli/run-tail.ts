/**
 * `ringpost tail`: call events of a running app as they happen. It comes back by itself when the connection drops, where it
 * was, and says so when events were lost. Ends when it is told to stop, or when the key is no good.
 *
 *   connecting -> following -> waiting (dropped) -> connecting
 *   any -> over
 */
import { WebSocket } from 'undici';
import type { Clock } from '../application/ports/clock.js';
import { ApiRefusal, askApi } from './api-client.js';
import type { ApiAccess } from './client-environment.js';

export interface RunTailOptions {
  readonly api: ApiAccess;
  /** Null for every call. */
  readonly campaign: string | null;
  readonly call: string | null;
  /** The messages of the feed as they come, one a line. */
  readonly isJson: boolean;
  readonly print: (line: string) => void;
  /** What is no event: that the connection dropped, that events were lost. */
  readonly say: (line: string) => void;
  readonly clock: Clock;
  readonly stop: Promise<unknown>;
}

interface Message {
  readonly type: string;
  readonly sequence?: number;
  readonly epoch?: string;
  readonly detail?: string;
  readonly at?: string;
  readonly step?: string;
  readonly text?: string;
  readonly call?: { readonly id: string; readonly outcome: string | null; readonly talkMs?: number };
}

const RETRY_MS = 1_000;
const KEY_REVOKED = 4001;

type Ending = 'stopped' | 'dropped' | 'refused';

function lineOf({ at = '', call, type, step = '', text = '', sequence }: Message): string {
  const time = at.replace(/^.*T/, '').replace('Z', '');
  const what = type === 'closed' ? `closed    ${call?.outcome ?? ''}` : `${step.padEnd(18)}  ${text}`;
  return `${String(sequence).padStart(7)}  ${time}  ${call?.id ?? ''}  ${what}`;
}

class Tail {
  readonly #options: RunTailOptions;
  #epoch: string | null = null;
  #after: number | null = null;

  constructor(options: RunTailOptions) {
    this.#options = options;
  }

  /** One connection, from opening to its end. */
  async follow(): Promise<Ending> {
    const { api, stop } = this.#options;
    const socket = new WebSocket(this.#url(), { headers: { authorization: `Bearer ${api.key}` } });
    const over = new Promise<Ending>((resolve) => {
      socket.addEventListener('message', ({ data }) => this.#take(String(data)));
      socket.addEventListener('close', ({ code }) => resolve(code === KEY_REVOKED ? 'refused' : 'dropped'));
      socket.addEventListener('error', () => resolve('dropped'));
    });
    const ending = await Promise.race([over, stop.then(() => 'stopped' as const)]);
    socket.close();
    return ending;
  }

  #url(): URL {
    const { api, campaign, call } = this.#options;
    const url = new URL('/api/v1/feed', api.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const asked = { campaign, call, epoch: this.#epoch, after: this.#after };
    for (const [name, value] of Object.entries(asked)) if (value !== null) url.searchParams.set(name, String(value));
    return url;
  }

  #take(text: string): void {
    const { isJson, print, say } = this.#options;
    const message = JSON.parse(text) as Message & { readonly next?: number };
    if (message.type === 'resume-impossible') {
      say(message.detail ?? 'events were lost');
      this.#after = null;
      this.#epoch = null;
      return;
    }
    if (message.type === 'hello') {
      this.#epoch = message.epoch ?? null;
      this.#after ??= (message.next ?? 1) - 1;
      return;
    }
    this.#after = message.sequence ?? this.#after;
    print(isJson ? text : lineOf(message));
  }
}

/** Answers the exit status. Rejects with a sentence when the key is no good or nobody answers at the start. */
export async function runTail(options: RunTailOptions): Promise<number> {
  const { api, clock, say, stop } = options;
  const tail = new Tail(options);
  // Asked the plain way first: the refusal of a WebSocket does not say why.
  await askApi(api, '/api/v1/live-calls');
  for (;;) {
    const ending = await tail.follow();
    if (ending === 'stopped') return 0;
    if (ending === 'refused') throw new ApiRefusal('the key was revoked');
    say(`the connection dropped; again in ${RETRY_MS / 1_000} s`);
    let cancel = (): void => undefined;
    const again = new Promise<'again'>((resolve) => {
      cancel = clock.startTimer(RETRY_MS, () => resolve('again'));
    });
    const next = await Promise.race([again, stop.then(() => 'stopped' as const)]);
    cancel();
    if (next === 'stopped') return 0;
  }
}
