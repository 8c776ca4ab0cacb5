/**
 * Parts a caller from an agent without losing either: the caller is sent to music, and the agent's channel, whose bridge is over then, goes
 * to ringing by its transfer_after_bridge. Settles when both have arrived, so that either may be joined anew. Called by caller-leg.ts.
 */

import type { TelephonyContext } from '../telephony-context.js';
import type { MediaLeg } from './media-leg.js';

/** Rejects when one of the two does not arrive in time, or has ended. */
export async function partLegs(context: TelephonyContext, caller: MediaLeg, agent: MediaLeg): Promise<void> {
  const { bridgeMs } = context.deadlines;
  const arrived = (leg: MediaLeg, place: string): Promise<unknown> =>
    leg.channel.next(
      `a leg at ${place}`,
      bridgeMs,
      (event) => event.name === place,
      () => leg.channel.has('current_application', 'loop_playback'),
    );
  const both = Promise.all([arrived(caller, 'ringpost::held'), arrived(agent, 'ringpost::buyer_ready')]);
  // The commands may fail first.
  both.catch(() => undefined);
  await agent.channel.tell('setvar', 'transfer_after_bridge', 'waiting:XML:ringpost');
  await caller.channel.tell('transfer', 'hold', 'XML', 'ringpost');
  await both;
}
