/**
 * Finds out whether drachtio hands requests to an app that is gone (leave-drachtio.ts says how it comes to that; a killed process cannot leave in
 * order). drachtio takes its apps in turn, so of as many OPTIONS as these some come to the dead one and stay without any answer, while every
 * living app, and drachtio without one, answers. Only a restart of drachtio takes it away; until then we stand in the list so often that
 * few calls come to it.
 *
 *   idle -> watching -> found -> idle
 *   any -> retired
 */
import type { Clock } from '../../../application/ports/clock.js';
import type { Log } from '../log.js';
import { askForOptions } from '../sip/options-over-udp.js';
import type { HostPort } from './hostports.js';

const FIRST_LOOK_MS = 500;
const LOOK_EVERY_MS = 10_000;
const PROBES = 6;
/** drachtio adds an app for each `route` that it sends (client-controller.cpp, `wants_requests`). */
const MORE_PLACES = 99;

export interface DeadAppWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long an answer may take. */
  readonly answerMs: number;
  /** Where drachtio listens for SIP over UDP; null when it does not. */
  readonly address: () => HostPort | null;
  /** To drachtio; does nothing when the link is down. */
  readonly send: (text: string) => void;
}

export class DeadAppWatch {
  readonly #options: DeadAppWatchOptions;
  #stop: () => void = () => undefined;
  #hasFound = false;
  #isRetired = false;

  constructor(options: DeadAppWatchOptions) {
    this.#options = options;
  }

  get hasFound(): boolean {
    return this.#hasFound;
  }

  /** With each new connection, which has one place in the list. */
  start(): void {
    this.stop();
    if (!this.#isRetired) this.#schedule(FIRST_LOOK_MS);
  }

  /** For good: we take no more calls, and places in the list would bring them back to us. */
  retire(): void {
    this.#isRetired = true;
    this.stop();
  }

  stop(): void {
    this.#stop();
    this.#hasFound = false;
  }

  #schedule(afterMs: number): void {
    const stopping = new AbortController();
    const stopTimer = this.#options.clock.startTimer(afterMs, () => void this.#look(stopping.signal));
    this.#stop = () => {
      stopTimer();
      stopping.abort();
    };
  }

  async #look(stopping: AbortSignal): Promise<void> {
    // Twice: a busy machine may be late once.
    const isFound = (await this.#someAreLost(stopping)) && (await this.#someAreLost(stopping));
    if (stopping.aborted) return;
    if (!isFound) return this.#schedule(LOOK_EVERY_MS);
    this.#hasFound = true;
    const { log, send } = this.#options;
    log.error(
      {},
      'drachtio hands a part of the calls to an app that is gone: restart drachtio, calls that are up go on',
    );
    for (let place = 0; place < MORE_PLACES; place += 1) {
      send('route|invite');
      send('route|options');
    }
  }

  /** When none is answered this machine may not send OPTIONS there, and nothing is known. */
  async #someAreLost(signal: AbortSignal): Promise<boolean> {
    const { clock, answerMs } = this.#options;
    const asking = { clock, from: 'ringpost', waitsMs: [answerMs], signal };
    const address = this.#options.address();
    if (address === null || signal.aborted) return false;
    const probes = Array.from({ length: PROBES }, () => askForOptions(address, asking).catch(() => null));
    const answered = (await Promise.all(probes)).filter((status) => status !== null).length;
    return answered > 0 && answered < PROBES;
  }
}
