/**
 * Lets a third leg take part in a talk of two, by FreeSWITCH's eavesdrop. What a leg hears is changed behind its recording, what is received
 * from it before (switch_core_io.c, switch_core_media.c): so a supervisor is whispered into ears only, and the recording of the caller's
 * channel, which began before, has none of him. An agent who stays speaks into what the buyer's channel receives, as a third voice.
 */
import type { AttachOutcome, AttachRequest } from '../../../application/ports/telephony.js';
import type { MonitorManner } from '../../../domain/calls/monitor.js';
import { messageOf } from '../deadline.js';
import { AnsweredBuyerLeg } from '../legs/buyer-leg.js';
import { AnsweredCallerLeg } from '../legs/caller-leg.js';
import { EarPair } from '../legs/ear-pair.js';
import type { TelephonyContext } from '../telephony-context.js';

interface Plan {
  /** Whose channel is eavesdropped on. */
  readonly on: 'caller' | 'partner';
  /** Its far end hears the listener. */
  readonly whispers: boolean;
  /** The other one hears him in its place, and the recording does. */
  readonly speaks: boolean;
  /** The partner hears him by a pair of ears. */
  readonly needsEars: boolean;
}

const PLANS: Readonly<Record<MonitorManner, Plan>> = {
  listen: { on: 'caller', whispers: false, speaks: false, needsEars: false },
  'whisper-caller': { on: 'caller', whispers: true, speaks: false, needsEars: false },
  'whisper-buyer': { on: 'partner', whispers: true, speaks: false, needsEars: false },
  barge: { on: 'caller', whispers: true, speaks: false, needsEars: true },
  join: { on: 'partner', whispers: true, speaks: true, needsEars: false },
};

/** The pair of each listener who has one. */
const ears = new WeakMap<AnsweredBuyerLeg, EarPair>();

/** Never rejects. */
export async function attachListener(context: TelephonyContext, request: AttachRequest): Promise<AttachOutcome> {
  const { caller, partner, listener, manner } = request;
  if (
    !(caller instanceof AnsweredCallerLeg) ||
    !(partner instanceof AnsweredBuyerLeg) ||
    !(listener instanceof AnsweredBuyerLeg)
  )
    return { kind: 'failed', detail: 'a leg belongs to another engine' };
  const plan = PLANS[manner];
  try {
    await listener.ready;
    listener.media.isListener = true;
    await ears.get(listener)?.close();
    ears.delete(listener);
    if (caller.mediaServer !== listener.media.mediaServer) throw new Error('the legs are on different media servers');
    await eavesdrop(context, listener, plan, plan.on === 'caller' ? caller.channelId : partner.channelId);
    if (plan.needsEars) await openEars(context, listener, partner);
    if (listener.hasEnded) throw new Error('the listener has hung up');
    return { kind: 'attached' };
  } catch (error) {
    return { kind: 'failed', detail: messageOf(error) };
  }
}

async function eavesdrop(
  context: TelephonyContext,
  { media }: AnsweredBuyerLeg,
  plan: Plan,
  channelId: string,
): Promise<void> {
  const { channel } = media;
  const begun = channel.next(
    'the eavesdropping',
    context.deadlines.bridgeMs,
    (event) => event.name === 'ringpost::monitoring',
    () => channel.has('current_application', 'eavesdrop'),
  );
  const told = Promise.all([
    channel.tell('setvar', 'ringpost_monitored', channelId),
    channel.tell('setvar', 'eavesdrop_whisper_bleg', String(plan.whispers)),
    channel.tell('setvar', 'eavesdrop_whisper_aleg', String(plan.speaks)),
    channel.tell('transfer', 'monitor', 'XML', 'ringpost'),
  ]);
  await Promise.all([begun, told]);
}

async function openEars(
  context: TelephonyContext,
  listener: AnsweredBuyerLeg,
  partner: AnsweredBuyerLeg,
): Promise<void> {
  const { media } = listener;
  const pair = await EarPair.open(context, {
    callId: media.callId,
    server: media.channel.server,
    speakerChannelId: listener.channelId,
    hearerChannelId: partner.channelId,
  });
  ears.set(listener, pair);
  media.onTeardown(() => pair.close());
}
