/**
 * Delivers what ended calls have left for somebody outside. Looks for what is due every few seconds; a delivery that is
 * repeated has the same id, since between the receiver's answer and our writing of it a process may die. Started with the lease.
 */
import { type Delivery, failedOnce } from '../../domain/calls/delivery.js';
import { attemptFax } from '../faxes/deliver-faxes.js';
import { attemptVoicemail } from './deliver-voicemails.js';
import type { DeliveryDependencies, Verdict } from './delivery-attempt.js';

const LOOK_MS = 2_000;
const AT_ONCE = 4;
/** The file is still being looked at, and made into what is sent. */
const FILE_WAIT_MS = 2_000;

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class DueDeliveries {
  readonly #deps: DeliveryDependencies;
  #stopTimer: () => void = () => undefined;
  #round: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: DeliveryDependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#round = this.#lookAndGoOn();
  }

  /** What is under way is finished: at the longest as long as one attempt takes. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer();
    await this.#round;
  }

  /** Tries what is due, once. */
  async deliverDue(): Promise<void> {
    const { deliveries, clock, events } = this.#deps;
    try {
      const due = await deliveries.due(clock.wallMs(), AT_ONCE);
      await Promise.all(due.map((delivery) => this.#deliver(delivery)));
    } catch (error) {
      events.alarm('store', `what is due could not be delivered: ${sentenceOf(error)}`);
    }
  }

  async #lookAndGoOn(): Promise<void> {
    await this.deliverDue();
    if (this.#isStopped) return;
    this.#stopTimer = this.#deps.clock.startTimer(LOOK_MS, () => this.start());
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { deliveries, clock } = this.#deps;
    const attempt = delivery.item === 'fax' ? attemptFax : attemptVoicemail;
    const verdict = await attempt(this.#deps, delivery);
    const now = clock.wallMs();
    switch (verdict.kind) {
      case 'not-yet':
        return await deliveries.settle({ ...delivery, dueAt: now + FILE_WAIT_MS });
      case 'moot':
        return await deliveries.settle({ ...delivery, state: 'given-up', detail: verdict.sentence });
      case 'delivered':
      case 'failed':
        return await this.#settle(delivery, verdict, now);
    }
  }

  async #settle(
    delivery: Delivery,
    { kind, sentence }: Extract<Verdict, { readonly kind: 'delivered' | 'failed' }>,
    now: number,
  ): Promise<void> {
    const { deliveries, calls, events } = this.#deps;
    const isDelivered = kind === 'delivered';
    const settled: Delivery = isDelivered
      ? { ...delivery, state: 'delivered', detail: sentence }
      : failedOnce(delivery, now, sentence);
    await deliveries.settle(settled);
    if (settled.state === 'waiting') return;
    const { item, itemId, callId } = delivery;
    const step = isDelivered ? (`${item}-delivered` as const) : (`${item}-undelivered` as const);
    if (!isDelivered) events.alarm(step, `call ${callId}: ${sentence}`);
    const found = await calls.find(callId);
    if (found === null) return;
    const data = { itemId, attempts: settled.attempts };
    const entry = { atMs: now - found.call.startedAt, step, text: sentence, data } as const;
    await calls.appendTimeline(callId, [entry]);
    events.stepped(found.call, entry);
  }
}
