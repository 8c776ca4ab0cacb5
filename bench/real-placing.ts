/** Calls placed with a contender of the real bench, and when they are over. */
import type { PlacedCall, Placement } from './peers-process.js';
import type { Contender, Ground } from './real-contenders.js';

/** What the servers still do for a call when its phones are done. */
const SETTLE_MS = 1_500;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Answered, bridged and heard on both sides. */
export const isWhole = ({ answerMs, toBuyerMs, toCallerMs }: PlacedCall): boolean =>
  answerMs !== null && toBuyerMs !== null && toCallerMs !== null;

export async function place(
  ground: Ground,
  contender: Contender,
  how: Omit<Placement, 'uri'>,
): Promise<readonly PlacedCall[]> {
  const placed = await ground.peers.ask<PlacedCall[]>('place', { ...contender.placement, ...how });
  await contender.node?.ask('settled');
  await pause(SETTLE_MS);
  return placed;
}
