/**
 * Delivers the voicemails of ended calls to the webhooks of their campaigns. Looks for what is due every few seconds; a delivery that is
 * repeated has the same id, since between the receiver's 200 and our writing of it a process may die. Started with the lease.
 */
import type { Campaign } from '../domain/campaign.js';
import { type Delivery, failedOnce } from '../domain/delivery.js';
import type { Recording } from '../domain/recording.js';
import type { CallFrame } from './call-context.js';
import type { CallEvents } from './ports/call-events.js';
import type { CallRepository } from './ports/call-repository.js';
import type { Clock } from './ports/clock.js';
import type { ConfigurationRepository } from './ports/configuration-repository.js';
import type { Deliveries } from './ports/deliveries.js';
import type { Webhooks } from './ports/webhooks.js';

export interface DeliveryDependencies {
  readonly deliveries: Deliveries;
  readonly calls: CallRepository;
  readonly configuration: Pick<ConfigurationRepository, 'current'>;
  readonly webhooks: Webhooks;
  readonly events: Pick<CallEvents, 'alarm' | 'stepped'>;
  readonly clock: Clock;
}

const LOOK_MS = 2_000;
const AT_ONCE = 4;
const TIMEOUT_MS = 30_000;
/** The file is still being looked at, and its MP3 made. */
const FILE_WAIT_MS = 2_000;

/** Written with the end of the call; nothing when the campaign has no webhook. */
export function deliverLater({ journal, deps }: CallFrame, campaign: Campaign | null, recordingId: string): void {
  if (campaign === null || campaign.voicemailWebhook === null) return;
  const { callId } = journal.call;
  const dueAt = deps.clock.wallMs();
  journal.deliver({ recordingId, callId, campaignId: campaign.id, state: 'waiting', attempts: 0, dueAt, detail: null });
}

type Verdict =
  | { readonly kind: 'delivered'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly sentence: string }
  /** There is nothing to deliver, or nobody to deliver to. */
  | { readonly kind: 'moot'; readonly sentence: string }
  | { readonly kind: 'not-yet' };

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class VoicemailDeliveries {
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
      events.alarm('store', `voicemails could not be delivered: ${sentenceOf(error)}`);
    }
  }

  async #lookAndGoOn(): Promise<void> {
    await this.deliverDue();
    if (this.#isStopped) return;
    this.#stopTimer = this.#deps.clock.startTimer(LOOK_MS, () => this.start());
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { deliveries, calls, clock, events } = this.#deps;
    const verdict = await this.#attempt(delivery);
    const now = clock.wallMs();
    switch (verdict.kind) {
      case 'not-yet':
        return await deliveries.settle({ ...delivery, dueAt: now + FILE_WAIT_MS });
      case 'moot':
        return await deliveries.settle({ ...delivery, state: 'given-up', detail: verdict.sentence });
      case 'delivered':
      case 'failed':
        break;
    }
    const isDelivered = verdict.kind === 'delivered';
    const settled: Delivery = isDelivered
      ? { ...delivery, state: 'delivered', detail: verdict.sentence }
      : failedOnce(delivery, now, verdict.sentence);
    await deliveries.settle(settled);
    if (settled.state === 'waiting') return;
    const step = isDelivered ? 'voicemail-delivered' : 'voicemail-undelivered';
    if (!isDelivered) events.alarm('voicemail-undelivered', `call ${delivery.callId}: ${verdict.sentence}`);
    const found = await calls.find(delivery.callId);
    if (found === null) return;
    const data = { recordingId: delivery.recordingId, attempts: settled.attempts };
    const entry = { atMs: now - found.call.startedAt, step, text: verdict.sentence, data } as const;
    await calls.appendTimeline(delivery.callId, [entry]);
    events.stepped(found.call, entry);
  }

  async #attempt(delivery: Delivery): Promise<Verdict> {
    const { calls, configuration } = this.#deps;
    const recording = await calls.findRecording(delivery.recordingId);
    if (recording === null || recording.state === 'lost') {
      return { kind: 'moot', sentence: recording?.lostReason ?? 'there is no such recording' };
    }
    if (recording.state === 'recording') return { kind: 'not-yet' };
    const campaign = configuration.current().campaigns.get(delivery.campaignId) ?? null;
    if (campaign === null || campaign.voicemailWebhook === null) {
      return { kind: 'moot', sentence: 'the campaign has no webhook any more' };
    }
    return await this.#send(campaign, campaign.voicemailWebhook, recording);
  }

  async #send(
    campaign: Campaign,
    { url, secret }: NonNullable<Campaign['voicemailWebhook']>,
    recording: Recording,
  ): Promise<Verdict> {
    const { calls, webhooks } = this.#deps;
    const filePath = recording.mp3Path ?? recording.wavPath;
    const found = await calls.find(recording.callId);
    if (filePath === null || found === null) return { kind: 'moot', sentence: 'the recording has no file any more' };
    const { call } = found;
    const outcome = await webhooks.send({
      ...{ url, secret, id: recording.id, event: 'voicemail', filePath, timeoutMs: TIMEOUT_MS },
      fields: {
        callId: call.callId,
        campaignId: campaign.id,
        callerNumber: call.isCallerPrivate ? 'anonymous' : call.callerNumber,
        calledNumber: call.calledNumber,
        startedAt: new Date(call.startedAt).toISOString(),
        durationMs: recording.durationMs,
      },
    });
    const { host } = new URL(url);
    if (outcome.kind === 'taken') return { kind: 'delivered', sentence: `the voicemail was delivered to ${host}` };
    return { kind: 'failed', sentence: `the voicemail was not taken by ${host}: ${outcome.detail}` };
  }
}
