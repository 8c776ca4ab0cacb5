/**
 * Watches an INVITE that is out for a sign of life. A gateway that says nothing is given up long before timer B (32 s, RFC 3261 section
 * 17.1.1.2), so that the next one can be tried (RFC 3263 section 4.3). Called by dial-buyer.ts while another gateway is left.
 *
 * A 100 Trying never comes here, and a call into the telephone network may ring late: a gateway that is known to answer OPTIONS is
 * asked half-way, and not taken for silent when it answers.
 */
import type { Gateway } from '../../../domain/trunks/trunk.js';
import { probeGateway } from '../drachtio/options-probe.js';
import type { TelephonyContext } from '../telephony-context.js';

export interface SilenceWatch {
  readonly gateway: Gateway;
  readonly silentAfterMs: number;
  readonly answersOptions: boolean;
}

/** `onSilent` is called once at most. Returns the function that ends the watch: at the first provisional or the final answer. */
export function watchForSilence(
  context: Pick<TelephonyContext, 'clock' | 'drachtio'>,
  { gateway, silentAfterMs, answersOptions }: SilenceWatch,
  onSilent: () => void,
): () => void {
  const { clock } = context;
  const halfMs = silentAfterMs / 2;
  if (!answersOptions) return clock.startTimer(silentAfterMs, onSilent);
  let isOver = false;
  const stopHalf = clock.startTimer(halfMs, () => {
    void probeGateway(context, gateway, halfMs).then((answer) => {
      if (!isOver && answer.kind === 'silent') onSilent();
    });
  });
  return () => {
    isOver = true;
    stopHalf();
  };
}
