/** Opens the caller's media within what his trunk may negotiate. Called by answer-call.ts in place of `openCallerMedia`. */
import type { CallerTreatment } from '../../../application/ports/telephony.js';
import type { TelephonyContext } from '../telephony-context.js';
import { type CallerMediaOutcome, openCallerMedia } from './caller-media.js';
import { acceptableOffer, answerToWhole, policedOffer } from './media-policy.js';

/** Never rejects. `offer` is the caller's; null when he leaves it to us (RFC 3261 section 13.2.1). */
export async function openPolicedMedia(
  context: TelephonyContext,
  treatment: CallerTreatment,
  offer: string | null,
  cancelled: AbortSignal,
): Promise<CallerMediaOutcome> {
  const { media: policy } = treatment;
  if (policy === undefined) return await openCallerMedia(context, treatment, offer, cancelled);
  const wanted = offer === null ? null : acceptableOffer(offer, policy);
  if (wanted?.kind === 'refused') return { kind: 'none', sipStatus: 488, detail: wanted.detail };
  const opened = await openCallerMedia(context, treatment, wanted?.sdp ?? null, cancelled);
  if (opened.kind !== 'taken' || offer !== null) return opened;
  const { media } = opened;
  const ours = policedOffer(media.sdp, policy);
  if (ours.kind === 'refused') {
    media.acknowledge(null);
    void media.dialog.bye('INCOMPATIBLE_DESTINATION').then(() => media.channel.release());
    return { kind: 'none', sipStatus: 503, detail: ours.detail };
  }
  const acknowledge = (answer: string | null): void =>
    media.acknowledge(answer === null ? null : answerToWhole(media.sdp, answer, policy));
  return { kind: 'taken', media: { ...media, sdp: ours.sdp, acknowledge } };
}
