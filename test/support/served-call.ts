/** A whole call on the scripted engine: answered, greeted, hung up by the caller. For tests whose sentence is about who is rung for it. */
import type { CallFixture } from './call-fixture.js';

type Facts = Parameters<CallFixture['invite']>[0];

/**
 * The caller hangs up `afterMs` after his answer; by then several who are busy have been tried and one has talked. Answers the targets
 * that were dialled for him, in that order; null stands for a number of the fallback.
 */
export async function servedCall(
  fixture: CallFixture,
  { afterMs = 8_000, ...facts }: Facts & { readonly afterMs?: number } = {},
): Promise<readonly (string | null)[]> {
  const before = fixture.telephony.dialled.length;
  const { call, done } = fixture.invite(facts);
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(afterMs);
  caller.end();
  await done;
  return fixture.telephony.dialled.slice(before).map(({ targetId }) => targetId);
}
