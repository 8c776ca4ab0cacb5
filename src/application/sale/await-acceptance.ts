/**
 * Waits until a buyer who has answered takes the call with his key. Called by ring-destination.ts for a target with an accept
 * key; the caller goes on hearing music. Who does not press it is as one who never answered, which keeps voicemail boxes out.
 */
import type { AcceptKey } from '../../domain/campaigns/buyer.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import { check } from '../../domain/routing/eligibility.js';
import type { CallContext } from '../calls/call-context.js';
import { leftToTheNext } from '../calls/call-lifetime.js';
import { type CallScope, untilAborted } from '../calls/call-scope.js';
import type { BuyerLeg } from '../ports/telephony.js';

export type Acceptance =
  | { readonly kind: 'accepted' }
  /** `isThere`: he has not hung up, and may be a voicemail box. */
  | { readonly kind: 'not-accepted'; readonly check: Check; readonly isThere: boolean }
  | { readonly kind: 'aborted' };

interface Asked {
  readonly targetId: string | null;
  readonly label: string;
}

/** A key that comes during whisper or prompt is kept; the time runs from their end. The leg is left to its scope. */
export async function awaitAcceptance(
  context: CallContext,
  scope: CallScope,
  leg: BuyerLeg,
  { targetId, label }: Asked,
  { digit, timeoutMs }: AcceptKey,
): Promise<Acceptance> {
  const { deps, journal, leaving } = context;
  const answeredMs = deps.clock.monotonicMs();
  const pressed = new Promise<'pressed'>((resolve) => {
    leg.onDtmf((key) => {
      if (key === digit) resolve('pressed');
    });
  });
  const ready = leg.ready.then(
    () => 'ready' as const,
    () => 'hung-up' as const,
  );
  const hungUp = leg.ended.then(() => 'hung-up' as const);
  let waited: 'ready' | 'hung-up' | 'pressed' | 'too-late' | null = await untilAborted(
    scope.signal,
    Promise.race([ready, hungUp]),
  );
  if (waited === 'ready') {
    let stop = (): void => undefined;
    const tooLate = new Promise<'too-late'>((resolve) => {
      stop = deps.clock.startTimer(timeoutMs, () => resolve('too-late'));
    });
    waited = await untilAborted(scope.signal, Promise.race([hungUp, pressed, tooLate]));
    stop();
  }
  // Whoever is asked is ended by the next process, and the caller goes on hearing music.
  if (leaving.hasBegun) return await leftToTheNext();
  if (waited === null) return { kind: 'aborted' };
  const askedMs = Math.round(deps.clock.monotonicMs() - answeredMs);
  if (waited === 'pressed') {
    journal.step('buyer-accepted', `${label} takes the call with key ${digit} after ${askedMs} ms`, {
      targetId,
      askedMs,
    });
    return { kind: 'accepted' };
  }
  const why = waited === 'too-late' ? `no key ${digit} in ${timeoutMs} ms` : `hung up before key ${digit}`;
  journal.step('buyer-failed', `${label} does not take the call: ${why}`, { targetId });
  const needed = check('accept-key', false, why, `key ${digit} in ${timeoutMs} ms`);
  return { kind: 'not-accepted', check: needed, isThere: waited === 'too-late' };
}
