/**
 * A speech recogniser over HTTP: what a caller said is posted as a WAV file, the answer is JSON with the text in it. Under the same guards
 * as pings: resolved addresses are judged, redirects are not followed, answers are short, one deadline covers it all. It must never throw
 * for what the far end does, and keeps nothing of what it sends.
 */
import type { Clock } from '../../application/ports/clock.js';
import type { Recognised, SpeechRecogniser, SpeechRequest } from '../../application/ports/speech-input.js';
import { createAddressGuard, type HostResolver } from './address-guard.js';
import { ConnectionPools } from './connection-pools.js';
import { compilePath, type PathReader, printable } from './dotted-path.js';
import { type ExchangeResult, runExchange } from './exchange.js';

export interface RecogniserSettings {
  readonly url: string;
  /** Whole value of the Authorization header; null for none. */
  readonly authorization: string | null;
  readonly timeoutMs: number;
  /** Where the text stands in the answer, and how sure it is, by dotted paths. */
  readonly transcriptPath: string;
  readonly confidencePath: string;
}

export interface HttpRecogniserOptions extends RecogniserSettings {
  readonly clock: Clock;
  /** CIDR ranges inside our own networks that may be asked. */
  readonly allowPrivateAddresses?: readonly string[];
  readonly resolve?: HostResolver;
}

export interface HttpRecogniser extends SpeechRecogniser {
  close(): Promise<void>;
}

/** Callers who speak at once; the next ones wait for a connection, within their deadline. */
const CONNECTIONS = 32;
/** Faults in a row after which callers are no longer made to wait for it, and for how long. */
const FAULTS_TO_REST = 3;
const REST_MS = 30_000;
const LONGEST_HINT = 2_000;

/** Text that is there and empty is told from text that is not there: the first is silence, the second a wrong path. */
function parseAnswer(body: string): unknown {
  try {
    return JSON.parse(body, (_name, value: unknown) => (value === '' ? ' ' : value));
  } catch {
    return null;
  }
}

class UndiciRecogniser implements HttpRecogniser {
  readonly timeoutMs: number;
  readonly #clock: Clock;
  readonly #pools: ConnectionPools;
  readonly #url: URL;
  readonly #headers: readonly string[];
  readonly #transcriptOf: PathReader;
  readonly #confidenceOf: PathReader;
  readonly #transcriptPath: string;
  #faults = 0;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: HttpRecogniserOptions) {
    const { clock, url, authorization, timeoutMs, allowPrivateAddresses = [], resolve } = options;
    this.#clock = clock;
    this.timeoutMs = timeoutMs;
    this.#url = new URL(url);
    this.#pools = new ConnectionPools({
      guard: createAddressGuard(allowPrivateAddresses, resolve),
      maxOrigins: 1,
      connectionsPerOrigin: CONNECTIONS,
      trustedCertificates: null,
    });
    this.#headers = [
      ...['accept', 'application/json', 'accept-encoding', 'identity', 'user-agent', 'ringpost'],
      ...['content-type', 'audio/wav'],
      ...(authorization === null ? [] : ['authorization', authorization]),
    ];
    this.#transcriptPath = options.transcriptPath;
    this.#transcriptOf = compilePath(options.transcriptPath);
    this.#confidenceOf = compilePath(options.confidencePath);
  }

  get isReady(): boolean {
    return this.#clock.monotonicMs() >= this.#restsUntilMs;
  }

  async recognise({ audio, language, phrases, signal }: SpeechRequest): Promise<Recognised> {
    const pool = this.#pools.of(this.#url.origin);
    if (pool === null) return { kind: 'failed', detail: 'the system is stopping' };
    // Half of a surrogate pair has no form that could be encoded.
    const hint = phrases.map((phrase) => encodeURIComponent(phrase.replace(/\p{Surrogate}/gu, '\ufffd'))).join(',');
    const headers = hint === '' || hint.length > LONGEST_HINT ? [] : ['x-ringpost-phrases', hint];
    const result = await runExchange(
      pool,
      { method: 'POST', path: this.#pathFor(language), headers: [...this.#headers, ...headers], body: audio },
      { clock: this.#clock, timeoutMs: this.timeoutMs, signal, maySendTwice: true },
    );
    const recognised = this.#read(result);
    // A caller who presses a key says nothing about the recogniser.
    if (!signal.aborted) this.#count(recognised.kind === 'failed');
    return recognised;
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  /** As many recognisers know it; a language in the configured URL is left as it is. */
  #pathFor(language: string): string {
    const url = new URL(this.#url);
    if (!url.searchParams.has('language')) url.searchParams.set('language', language);
    return `${url.pathname}${url.search}`;
  }

  #read(result: ExchangeResult): Recognised {
    if (result.kind === 'failed') return { kind: 'failed', detail: `${result.reason}, ${result.detail}` };
    const { status, body } = result;
    if (status < 200 || status > 299) return { kind: 'failed', detail: `status ${status}` };
    const answer = parseAnswer(body);
    const transcript = this.#transcriptOf(answer);
    if (typeof transcript !== 'string') {
      return { kind: 'failed', detail: `the answer has no text at ${this.#transcriptPath}` };
    }
    const confidence = this.#confidenceOf(answer);
    const isShare = typeof confidence === 'number' && confidence >= 0 && confidence <= 1;
    return {
      kind: 'heard',
      transcript: printable(transcript).replace(/\s+/g, ' ').trim(),
      confidence: isShare ? confidence : null,
    };
  }

  #count(isFault: boolean): void {
    this.#faults = isFault ? this.#faults + 1 : 0;
    if (this.#faults < FAULTS_TO_REST) return;
    // The next one tries it again, and one more fault is enough to rest again.
    this.#faults = FAULTS_TO_REST - 1;
    this.#restsUntilMs = this.#clock.monotonicMs() + REST_MS;
  }
}

/** Holds connections until `close`. Throws when the URL is none, or `allowPrivateAddresses` holds what is no CIDR range. */
export function createHttpRecogniser(options: HttpRecogniserOptions): HttpRecogniser {
  return new UndiciRecogniser(options);
}
