/**
 * Whether this node can take a call: signalling, one media server, the store, and nobody has told it to stop. Asked by
 * /readyz, and by the telephony adapter for the answer to OPTIONS, which cannot wait and gets what was last known.
 */
import type { LiveCalls } from '../calls/live-calls.js';
import type { Clock } from '../ports/clock.js';
import type { StoreHealth } from '../ports/store-health.js';

export interface ReadinessPart {
  readonly name: string;
  readonly isUp: boolean;
  /** Empty when all is well with it. */
  readonly detail: string;
}

export interface ReadinessReport {
  readonly isReady: boolean;
  readonly parts: readonly ReadinessPart[];
}

export interface ReadinessDependencies {
  readonly telephony: () => ReadinessReport['parts'];
  readonly store: StoreHealth;
  readonly live: LiveCalls;
  readonly clock: Clock;
}

const PROBE_LIMIT_MS = 2_000;

const part = (name: string, fault: string | null): ReadinessPart => ({
  name,
  isUp: fault === null,
  detail: fault ?? '',
});

export class Readiness {
  readonly #deps: ReadinessDependencies;
  #storeFault: string | null = null;
  #probing: Promise<void> | null = null;

  constructor(deps: ReadinessDependencies) {
    this.#deps = deps;
  }

  /** Of store and intake, as last known. The telephony adapter adds what it knows of its links itself. */
  get mayTakeCalls(): boolean {
    return this.#storeFault === null && this.#deps.live.isOpen;
  }

  /** Asks the store now; however many ask at once, it is asked once. Never rejects. */
  async check(): Promise<ReadinessReport> {
    await this.#probeStore();
    const links = this.#deps.telephony();
    const signalling = links.filter(({ name }) => name === 'drachtio');
    const media = links.filter(({ name }) => name !== 'drachtio');
    const down = media.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
    const mediaFault = media.some(({ isUp }) => isUp) ? null : `no media server is up (${down})`;
    const intakeFault = this.#deps.live.isOpen ? null : 'the node takes no new calls: it is stopping';
    const parts = [
      ...signalling,
      part('media', mediaFault),
      part('database', this.#storeFault),
      part('intake', intakeFault),
    ];
    return { isReady: parts.every(({ isUp }) => isUp), parts };
  }

  /** Keeps what is last known of the store young. Returns the function that ends the watch. */
  watch(everyMs: number): () => void {
    let stopTimer = (): void => undefined;
    let isStopped = false;
    const look = async (): Promise<void> => {
      await this.#probeStore();
      if (!isStopped) stopTimer = this.#deps.clock.startTimer(everyMs, () => void look());
    };
    void look();
    return () => {
      isStopped = true;
      stopTimer();
    };
  }

  #probeStore(): Promise<void> {
    this.#probing ??= this.#askStore().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  async #askStore(): Promise<void> {
    const { store, clock } = this.#deps;
    let stopTimer = (): void => undefined;
    const late = new Promise<string>((resolve) => {
      const sentence = `the database does not answer within ${PROBE_LIMIT_MS} ms`;
      stopTimer = clock.startTimer(PROBE_LIMIT_MS, () => resolve(sentence));
    });
    this.#storeFault = await Promise.race([store.probe(), late]);
    stopTimer();
  }
}
