/** How loud it was that a test call's phone heard, and when: energy a packet, so that any span of the call can be asked for afterwards. */
import { decodeG711 } from '../../embedded/media/g711.js';
import type { RtpHeader } from '../../embedded/media/rtp-packet.js';

const FULL_SCALE = 32_768;
const MAX_SAMPLES = 1_500;

interface Packet {
  readonly atMs: number;
  readonly squares: number;
  readonly samples: number;
}

export class HeardAudio {
  readonly #packets: Packet[] = [];
  readonly #startMs = performance.now();
  readonly #samples = new Int16Array(MAX_SAMPLES);

  /** Since this was made, which is when the INVITE leaves. */
  get nowMs(): number {
    return performance.now() - this.#startMs;
  }

  take(header: Readonly<RtpHeader>, datagram: Buffer): void {
    const { payloadType, payloadStart, payloadBytes } = header;
    if (payloadType !== 0 && payloadType !== 8) return;
    const samples = Math.min(payloadBytes, MAX_SAMPLES);
    decodeG711(payloadType, datagram, payloadStart, samples, this.#samples, 0);
    let squares = 0;
    for (let index = 0; index < samples; index += 1) squares += (this.#samples[index] ?? 0) ** 2;
    this.#packets.push({ atMs: this.nowMs, squares, samples });
  }

  /** Level between two moments in dB below full scale, to a tenth; null when nothing came or all of it was silence. */
  levelDbfs(fromMs: number, toMs: number): number | null {
    let squares = 0;
    let samples = 0;
    for (const packet of this.#packets) {
      if (packet.atMs < fromMs || packet.atMs > toMs) continue;
      squares += packet.squares;
      samples += packet.samples;
    }
    if (squares === 0) return null;
    return Math.round(200 * Math.log10(Math.sqrt(squares / samples) / FULL_SCALE)) / 10;
  }
}
