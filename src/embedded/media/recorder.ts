/**
 * One recording of a session. The session hands it every audio packet received and sent and a tick; it places them on a
 * common time line and passes whole stretches to its sink. It never waits, and nothing that goes wrong in it ends a call.
 *
 * States: recording -> ended, once, by stop, limit, silence, close or error.
 */

import { decodeTable } from './g711.js';
import type { G711PayloadType, RecordEnd, RecordRequest } from './media-port.js';
import { RecordingTimeline } from './recording-timeline.js';
import { type Channel, LEFT, RecordingWindow, RIGHT, WINDOW_FRAMES } from './recording-window.js';
import type { RecordingSink } from './wav-file-sink.js';

/** Packets may be this late and still find their place; what is written is always this old. */
const LAG_FRAMES = 3200;

/** How much is moved from the window at a time. */
const READ_FRAMES = 1600;

/** Samples of one write to the sink: half a second of stereo, as freeswitch.xml has FreeSWITCH keep back. A kill loses as much. */
const CHUNK_SAMPLES = 8_192;

/** Silence is judged 20 ms at a time. */
const BLOCK_FRAMES = 160;
const DEFAULT_SILENCE_THRESHOLD = 200;

interface MaskedStretch {
  readonly from: number;
  to: number;
}

export class Recorder {
  readonly path: string;
  /** Settles when the recording has ended and its file is complete; never rejects. */
  readonly ended: Promise<RecordEnd>;
  readonly #request: RecordRequest;
  readonly #sink: RecordingSink;
  readonly #startMs: number;
  readonly #limitFrames: number;
  readonly #window = new RecordingWindow();
  readonly #timelines = [new RecordingTimeline(), new RecordingTimeline()] as const;
  readonly #scratch = new Int16Array(2 * READ_FRAMES);
  #masks: MaskedStretch[] = [];
  #chunk = new Int16Array(CHUNK_SAMPLES);
  #chunkFill = 0;
  #blockSum = 0;
  #blockFill = 0;
  #silentFrames = 0;
  #hasHeard = false;
  /** Where silence ended the recording; frames beyond are not wanted. */
  #silenceEndAt: number | null = null;
  #frames = 0;
  #reason: RecordEnd['reason'] | null = null;
  #settle: (end: RecordEnd) => void = () => undefined;

  constructor(request: RecordRequest, sink: RecordingSink, startMs: number) {
    this.path = request.path;
    this.#request = request;
    this.#sink = sink;
    this.#startMs = startMs;
    this.#limitFrames = request.limitMs > 0 ? Math.round(request.limitMs * 8) : Number.POSITIVE_INFINITY;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  isEnded(): boolean {
    return this.#reason !== null;
  }

  /** Takes a packet's payload; `isReceived` false means that the session sent it. */
  take(
    isReceived: boolean,
    payloadType: G711PayloadType,
    ssrc: number,
    sequence: number,
    timestamp: number,
    packet: Uint8Array,
    payloadStart: number,
    payloadBytes: number,
    nowMs: number,
  ): void {
    if (this.#reason !== null) return;
    const channel: Channel = isReceived ? LEFT : RIGHT;
    const position = this.#timelines[channel].place(ssrc, sequence, timestamp, this.#positionAt(nowMs));
    // After a stall of the whole thread the window is behind: what it holds is written out to make room.
    const needed = position + payloadBytes - WINDOW_FRAMES;
    if (needed > this.#window.readTo()) this.#readUntil(needed);
    this.#window.write(channel, position, decodeTable(payloadType), packet, payloadStart, payloadBytes);
  }

  tick(nowMs: number): void {
    if (this.#reason !== null) return;
    const position = this.#positionAt(nowMs);
    if (position >= this.#limitFrames) {
      this.#end('limit', this.#limitFrames);
      return;
    }
    if (position - LAG_FRAMES - this.#window.readTo() >= READ_FRAMES) this.#readUntil(position - LAG_FRAMES);
    if (this.#silenceEndAt !== null) this.#end('silence', this.#silenceEndAt);
  }

  /** From now on silence is written, or the call again; time goes on. */
  mask(isMasked: boolean, nowMs: number): void {
    const position = this.#positionAt(nowMs);
    const last = this.#masks.at(-1);
    const isMaskedNow = last !== undefined && last.to === Number.POSITIVE_INFINITY;
    if (isMasked === isMaskedNow) return;
    if (isMaskedNow) last.to = position;
    else this.#masks.push({ from: position, to: Number.POSITIVE_INFINITY });
  }

  /** Ends it at this instant; `ended` tells when the file is complete. */
  stop(reason: 'stopped' | 'closed' | 'error', nowMs: number): void {
    if (this.#reason === null) this.#end(reason, Math.min(this.#positionAt(nowMs), this.#limitFrames));
  }

  #positionAt(nowMs: number): number {
    return Math.max(0, Math.round((nowMs - this.#startMs) * 8));
  }

  #end(reason: RecordEnd['reason'], frames: number): void {
    this.#readUntil(frames);
    this.#reason = reason;
    if (this.#chunkFill > 0) this.#writeChunk();
    const samples = this.#frames;
    void this.#sink.finish().then(({ dataBytes, error }) => {
      if (error === null) {
        const isSilent = this.#request.initialSilenceEndMs === undefined ? {} : { isSilent: !this.#hasHeard };
        this.#settle({ path: this.path, durationMs: samples / 8, samples, reason, error: null, ...isSilent });
        return;
      }
      const saved = Math.min(samples, Math.floor(dataBytes / (2 * this.#fileChannels())));
      this.#settle({ path: this.path, durationMs: saved / 8, samples: saved, reason: 'error', error });
    });
  }

  #fileChannels(): number {
    return this.#request.channels === 'stereo' ? 2 : 1;
  }

  #readUntil(position: number): void {
    while (this.#window.readTo() < position && this.#silenceEndAt === null) {
      const from = this.#window.readTo();
      const count = Math.min(READ_FRAMES, position - from);
      this.#window.read(count, this.#scratch);
      this.#applyMasks(from, count);
      this.#write(this.#watchSilence(from, count));
    }
  }

  #applyMasks(from: number, count: number): void {
    for (const mask of this.#masks) {
      const start = Math.max(mask.from, from) - from;
      const end = Math.min(mask.to, from + count) - from;
      if (start < end) this.#scratch.fill(0, 2 * start, 2 * end);
    }
    if (this.#masks.length > 1) this.#masks = this.#masks.filter((mask) => mask.to > from);
  }

  /** Answers how many of the frames in `#scratch` belong to the recording. */
  #watchSilence(from: number, count: number): number {
    const { silenceEndMs, initialSilenceEndMs = silenceEndMs } = this.#request;
    if (silenceEndMs <= 0 && initialSilenceEndMs <= 0) return count;
    const threshold = this.#request.silenceThreshold ?? DEFAULT_SILENCE_THRESHOLD;
    for (let i = 0; i < count; i += 1) {
      this.#blockSum += Math.abs(this.#scratch[2 * i] ?? 0);
      this.#blockFill += 1;
      if (this.#blockFill < BLOCK_FRAMES) continue;
      const isSilence = this.#blockSum / BLOCK_FRAMES < threshold;
      this.#hasHeard ||= !isSilence;
      this.#silentFrames = isSilence ? this.#silentFrames + BLOCK_FRAMES : 0;
      this.#blockSum = 0;
      this.#blockFill = 0;
      const endMs = this.#hasHeard ? silenceEndMs : initialSilenceEndMs;
      if (endMs > 0 && this.#silentFrames >= endMs * 8) {
        this.#silenceEndAt = from + i + 1;
        return i + 1;
      }
    }
    return count;
  }

  #write(count: number): void {
    if (this.#request.channels === 'stereo') this.#writeStereo(2 * count);
    else this.#writeMono(count, this.#request.channels === 'mono-mixed');
    this.#frames += count;
  }

  #writeStereo(samples: number): void {
    for (let done = 0; done < samples; ) {
      const take = Math.min(samples - done, CHUNK_SAMPLES - this.#chunkFill);
      this.#chunk.set(this.#scratch.subarray(done, done + take), this.#chunkFill);
      this.#chunkFill += take;
      done += take;
      if (this.#chunkFill === CHUNK_SAMPLES) this.#writeChunk();
    }
  }

  #writeMono(count: number, isMixed: boolean): void {
    for (let i = 0; i < count; i += 1) {
      const left = this.#scratch[2 * i] ?? 0;
      const mixed = left + (this.#scratch[2 * i + 1] ?? 0);
      this.#put(isMixed ? Math.max(-32768, Math.min(32767, mixed)) : left);
    }
  }

  #put(sample: number): void {
    this.#chunk[this.#chunkFill] = sample;
    this.#chunkFill += 1;
    if (this.#chunkFill === CHUNK_SAMPLES) this.#writeChunk();
  }

  /** Int16Array is little-endian on every platform that Node runs on, as WAV is. */
  #writeChunk(): void {
    this.#sink.append(new Uint8Array(this.#chunk.buffer, 0, 2 * this.#chunkFill));
    this.#chunk = new Int16Array(CHUNK_SAMPLES);
    this.#chunkFill = 0;
  }
}
