/** FreeSWITCH's side of a buyer's leg as his trunk takes it: its offer cut to the trunk's policy, its answer made whole again. */
import type { MediaPolicy } from '../../../domain/trunks/trunk.js';
import type { BuyerMedia } from './buyer-media.js';
import { answerToWhole, policedOffer } from './media-policy.js';

export type BuyerSide = Pick<BuyerMedia, 'channel' | 'dialog' | 'offer' | 'connect' | 'release'>;

/** `detail` says what FreeSWITCH does not offer. A buyer's own URI has no policy. */
export function policedBuyerMedia(
  media: BuyerMedia,
  policy: MediaPolicy | undefined,
): { readonly kind: 'side'; readonly side: BuyerSide } | { readonly kind: 'refused'; readonly detail: string } {
  if (policy === undefined) return { kind: 'side', side: media };
  const offer = policedOffer(media.offer, policy);
  if (offer.kind === 'refused') return offer;
  const side: BuyerSide = {
    channel: media.channel,
    dialog: media.dialog,
    offer: offer.sdp,
    connect: (answer) => media.connect(answerToWhole(media.offer, answer, policy)),
    release: (cause) => media.release(cause),
  };
  return { kind: 'side', side };
}
