/**
 * Joins a caller and a buyer. The buyer's channel must have come to its waiting place first: a `uuid_bridge` that overtakes the ACK
 * answers +OK and then hangs up both. CHANNEL_BRIDGE alone says that they are joined.
 */
import type { BridgeOutcome, LegEnd } from '../../../application/ports/telephony.js';
import { DeadlineError, messageOf } from '../deadline.js';
import { LINK_REGAINED } from '../event-socket/channel-event.js';
import { command } from '../event-socket/event-socket-command.js';
import { EventSocketLostError } from '../event-socket/event-socket-errors.js';
import type { TelephonyContext } from '../telephony-context.js';
import type { AnsweredBuyerLeg } from './buyer-leg.js';
import type { MediaLeg } from './media-leg.js';

/** How long the BYE of whoever left may come after CHANNEL_UNBRIDGE: they travel over different connections. */
const UNBRIDGE_GRACE_MS = 500;

export interface Bridging {
  readonly caller: MediaLeg;
  readonly buyer: AnsweredBuyerLeg;
  /** Read when they part: it may be set anew while they talk. */
  readonly afterwards: () => 'hold' | 'ending';
}

/** Never rejects. */
export async function bridgeLegs(context: TelephonyContext, bridging: Bridging): Promise<BridgeOutcome> {
  const { caller, buyer } = bridging;
  if (caller.mediaServer !== buyer.media.mediaServer) {
    return { kind: 'failed', detail: 'the two legs are on different media servers' };
  }
  try {
    await Promise.race([buyer.ready, caller.ended]);
    if (caller.hasEnded || buyer.hasEnded) return { kind: 'failed', detail: 'a leg ended before the bridge' };
    await join(context, bridging);
  } catch (error) {
    return { kind: 'failed', detail: messageOf(error) };
  }
  return { kind: 'bridged', unbridged: watchBridge(context, bridging) };
}

async function join(context: TelephonyContext, { caller, buyer, afterwards }: Bridging): Promise<void> {
  const joined = caller.channel.next(
    'the bridge',
    context.deadlines.bridgeMs,
    (event) => event.name === 'CHANNEL_BRIDGE' && event.field('Bridge-B-Unique-ID') === buyer.channelId,
    () => caller.channel.has('bridge_to', buyer.channelId),
  );
  // Both go out at once: the event socket carries them out in order.
  const told = Promise.all([
    caller.channel.tell('setvar', 'transfer_after_bridge', `${afterwards()}:XML:ringpost`),
    caller.channel.server.api(command('uuid_bridge', caller.channel.id, buyer.channelId)),
  ]);
  await Promise.race([
    joined,
    told.then(
      () => joined,
      (error: unknown) => (mayBeCarriedOut(error) ? joined : Promise.reject(error)),
    ),
  ]);
}

/** A command without an answer, or lost with its connection: whether they are joined is what counts, and that has its own deadline. */
function mayBeCarriedOut(error: unknown): boolean {
  return error instanceof EventSocketLostError || error instanceof DeadlineError;
}

/** False as well when FreeSWITCH cannot say: a channel that is gone has another way to tell. */
async function isApart(caller: MediaLeg, buyer: AnsweredBuyerLeg): Promise<boolean> {
  try {
    return (await caller.channel.tell('getvar', 'bridge_to')).trim() !== buyer.channelId;
  } catch {
    return false;
  }
}

/** Which of the two left first. Never rejects. */
export function watchBridge(context: TelephonyContext, bridging: Bridging): Promise<'caller' | 'buyer' | 'system'> {
  const { caller, buyer, afterwards } = bridging;
  caller.bond = { buyer: buyer.media, rejoin: () => join(context, bridging) };
  return new Promise((resolve) => {
    let isParted = false;
    let stopGrace: () => void = () => undefined;
    const part = (): void => {
      if (isParted) return;
      isParted = true;
      caller.bond = null;
      // He hears the ending message, and nobody can say how much of it.
      if (afterwards() === 'ending') caller.renewal = null;
      if (!caller.hasEnded) caller.recordings.stopAtUnbridge(afterwards());
    };
    const left = (side: 'caller' | 'buyer', end: LegEnd): void => {
      part();
      forget();
      stopGrace();
      // FreeSWITCH hangs up by itself for silence and for faults: neither of the two has left then.
      resolve(end.by === 'far-end' ? side : 'system');
    };
    const awaitWhoLeft = (): void => {
      if (isParted) return;
      part();
      stopGrace = context.clock.startTimer(UNBRIDGE_GRACE_MS, () => {
        forget();
        resolve('system');
      });
    };
    const forget = caller.channel.listen((event) => {
      if (event.name === 'CHANNEL_UNBRIDGE' && event.field('Bridge-B-Unique-ID') === buyer.channelId) awaitWhoLeft();
      // It may have been missed while the event socket was away.
      if (event === LINK_REGAINED)
        void isApart(caller, buyer).then((apart) => {
          if (apart) awaitWhoLeft();
        });
    });
    void caller.ended.then((end) => left('caller', end));
    void buyer.ended.then((end) => left('buyer', end));
  });
}
