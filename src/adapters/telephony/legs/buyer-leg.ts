/** The buyer's leg as the flow sees it. Made by dial-buyer.ts when the buyer has answered. */
import type { BuyerLeg, LegEnd } from '../../../application/ports/telephony.js';
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';
import { isPlayable } from '../event-socket/event-socket-command.js';
import type { MediaLeg } from './media-leg.js';

export class AnsweredBuyerLeg implements BuyerLeg {
  readonly media: MediaLeg;
  /** The channel has gone through its whisper and may be bridged. Rejects when it ends before, or never gets there. */
  readonly ready: Promise<void>;

  constructor(media: MediaLeg, ready: Promise<void>) {
    this.media = media;
    this.ready = ready;
  }

  get legId(): string {
    return this.media.legId;
  }

  get channelId(): string {
    return this.media.channel.id;
  }

  get ended(): Promise<LegEnd> {
    return this.media.ended;
  }

  get hasEnded(): boolean {
    return this.media.hasEnded;
  }

  readonly onDtmf = (listener: (digit: string) => void): void => this.media.onDigit(listener);

  /** A message that is cut off because its server has gone is said again, from its beginning. */
  async leaveMessage(path: string, afterMs: number): Promise<LegEnd> {
    const { channel, renewal } = this.media;
    const leave = async (): Promise<void> => {
      if (!isPlayable(path)) throw new RangeError('a path has characters that FreeSWITCH would not take');
      await Promise.all([
        channel.tell('setvar', 'ringpost_message', path),
        channel.tell('setvar', 'ringpost_message_after_ms', String(Math.max(20, Math.round(afterMs)))),
        channel.tell('transfer', 'message', 'XML', 'ringpost'),
      ]);
    };
    if (renewal !== null) this.media.renewal = { ...renewal, afterwards: leave };
    await leave().catch(() => this.hangup('NORMAL_TEMPORARY_FAILURE'));
    return await this.ended;
  }

  hangup(cause: HangupCause): Promise<void> {
    return this.media.hangup(cause);
  }
}
