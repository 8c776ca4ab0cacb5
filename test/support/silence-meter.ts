/**
 * How long a party hears nothing: a phone that measures, from its start to its stop, the longest time without a packet that is loud
 * enough to be heard. A caller may hear nothing for 2 s at the most (row invariants of the fault matrix).
 */
import { decodeG711 } from '../../src/embedded/media/g711.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';

/** About -50 dB of full scale: below the quietest prompt, above comfort noise. */
const AUDIBLE_PEAK = 100;
export const SILENCE_LIMIT_MS = 2_000;

export class SilenceMeter {
  readonly phone: TonePhoneMedia;
  #lastHeardAt: number | null = null;
  #longestMs = 0;

  private constructor(phone: TonePhoneMedia) {
    this.phone = phone;
  }

  static async open(toneHz: number | null): Promise<SilenceMeter> {
    const samples = new Int16Array(1_500);
    const phone: TonePhoneMedia = await TonePhoneMedia.open({
      address: '127.0.0.1',
      toneHz,
      onPacket: ({ payloadType, payloadStart, payloadBytes }, datagram) => {
        if (payloadType !== 0 && payloadType !== 8) return;
        const count = Math.min(payloadBytes, samples.length);
        decodeG711(payloadType, datagram, payloadStart, count, samples, 0);
        if (samples.subarray(0, count).some((sample) => Math.abs(sample) > AUDIBLE_PEAK)) meter.#hear();
      },
    });
    const meter = new SilenceMeter(phone);
    return meter;
  }

  /** At the answer: from here on silence counts. */
  start(): void {
    this.#lastHeardAt = performance.now();
  }

  /** The longest silence since the start, in ms; what comes later does not count. */
  stop(): number {
    this.#hear();
    this.#lastHeardAt = null;
    return this.#longestMs;
  }

  #hear(): void {
    if (this.#lastHeardAt === null) return;
    const now = performance.now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#lastHeardAt);
    this.#lastHeardAt = now;
  }
}
