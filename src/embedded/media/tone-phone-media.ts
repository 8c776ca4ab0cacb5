/**
 * The audio of a test phone or of a demonstration's fake buyer: sends a steady tone over RTP, receives, counts, and
 * measures how loud given tones are in what it hears. Knows no SIP. All phones of a process share one timer.
 */

import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { decodeG711, encodeG711 } from './g711.js';
import { MediaClock, PHASES } from './media-clock.js';
import type { G711PayloadType } from './media-port.js';
import { OutgoingStream } from './outgoing-stream.js';
import { ReceptionStatistics } from './reception-statistics.js';
import { emptyRtpHeader, parseRtp, RTP_HEADER_BYTES, type RtpHeader, writeRtpHeader } from './rtp-packet.js';
import { DtmfReceiver, DtmfSender, END_PACKETS } from './telephone-event.js';
import { SineSum } from './tone.js';
import { toneLevelDb } from './tone-detector.js';

const FRAME_SAMPLES = 160;

/** How much of what was heard last is kept for measuring: half a second. */
const HEARD_SAMPLES = 4000;

export interface TonePhoneOptions {
  readonly address: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** The tone it sends; null is silence (packets go out all the same). */
  readonly toneHz: number | null;
  readonly levelDb?: number;
  /** Stands between the phone and the network: may drop, delay, double or change packets. */
  readonly onSend?: (packet: Buffer, send: (packet: Buffer) => void) => void;
  /** Sees every RTP packet that arrives; the header is reused, so copy what you keep. */
  readonly onPacket?: (header: Readonly<RtpHeader>, datagram: Buffer) => void;
}

interface Remote {
  readonly address: string;
  readonly port: number;
  readonly payloadType: G711PayloadType;
  readonly telephoneEventPayloadType: number;
}

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
}

/** States: open -> closed. It sends once it has a remote, and receives from the start. */
export class TonePhoneMedia {
  readonly address: string;
  readonly port: number;
  readonly statistics = new ReceptionStatistics();
  /** Digits received, in order. */
  digits = '';
  /** Digits with their lengths in ms. */
  readonly digitDurationsMs: number[] = [];
  packetsSent = 0;
  readonly #socket: Socket;
  readonly #options: TonePhoneOptions;
  readonly #phase: number;
  readonly #stream: OutgoingStream;
  readonly #header = emptyRtpHeader();
  readonly #heard = new Int16Array(HEARD_SAMPLES);
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  readonly #payload = new Int16Array(1500);
  readonly #dtmfReceiver = new DtmfReceiver();
  readonly #dtmfSender = new DtmfSender();
  #sines: SineSum | null = null;
  #remote: Remote | null = null;
  #isSending = true;
  #waiters: Waiter[] = [];
  #isClosed = false;

  private constructor(socket: Socket, options: TonePhoneOptions) {
    this.#socket = socket;
    this.#options = options;
    this.address = options.address;
    this.port = socket.address().port;
    const random = randomBytes(10);
    const nowMs = performance.now();
    this.#stream = new OutgoingStream(random.readUInt32BE(0), random.readUInt16BE(4), random.readUInt32BE(6), nowMs);
    this.setTone(options.toneHz);
    socket.on('message', (datagram) => this.#onMessage(datagram));
    socket.on('error', () => undefined);
    this.#phase = join(this);
  }

  /** Binds the phone's port; rejects with the system's error when it cannot. */
  static async open(options: TonePhoneOptions): Promise<TonePhoneMedia> {
    const socket = createSocket(options.address.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(options.port ?? 0, options.address, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new TonePhoneMedia(socket, options);
  }

  /** Where to send to from now on. Telephone events go and come with payload type 101 unless said otherwise. */
  setRemote(address: string, port: number, payloadType: G711PayloadType, telephoneEventPayloadType = 101): void {
    this.#remote = { address, port, payloadType, telephoneEventPayloadType };
  }

  /** Null is silence. */
  setTone(toneHz: number | null): void {
    this.#sines = toneHz === null ? null : new SineSum([toneHz], this.#options.levelDb ?? -7);
  }

  /** Stops and resumes all sending, as a phone that is put on hold does. */
  setSending(isSending: boolean): void {
    this.#isSending = isSending;
  }

  sendDtmf(digits: string, durationMs = 100): void {
    this.#dtmfSender.push(digits, durationMs);
  }

  /** Level of a frequency in the last half second that was heard, in dB of a full-scale sine. */
  levelDb(frequencyHz: number): number {
    return toneLevelDb(this.#heard, frequencyHz);
  }

  /** The last half second heard, 8 kHz. */
  heard(): Int16Array {
    return this.#heard.slice();
  }

  /** Settles after `count` more packets have been received. */
  receives(count: number): Promise<void> {
    const target = this.statistics.received + count;
    return this.until(() => this.statistics.received >= target);
  }

  /** Settles when a frequency is heard at `minimumDb` or louder. */
  hears(frequencyHz: number, minimumDb = -20): Promise<void> {
    return this.until(() => this.levelDb(frequencyHz) >= minimumDb);
  }

  /** Settles when `isDone`, asked after each packet that arrives, says so; at once if it does now. */
  until(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ isDone, resolve }));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    leave(this, this.#phase);
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  /** Called by the shared timer each 20 ms. */
  tick(dueMs: number, isLate: boolean): void {
    if (this.#remote === null || !this.#isSending || isLate) return;
    const remote = this.#remote;
    if (this.#dtmfSender.isBusy() && this.#dtmfSender.next(20)) {
      this.#sendEvent(remote, dueMs);
      return;
    }
    if (this.#sines === null) this.#frame.fill(0);
    else this.#sines.fill(this.#frame, 0, FRAME_SAMPLES);
    const packet = Buffer.alloc(RTP_HEADER_BYTES + FRAME_SAMPLES);
    this.#stream.own(dueMs, FRAME_SAMPLES);
    encodeG711(remote.payloadType, this.#frame, 0, FRAME_SAMPLES, packet, RTP_HEADER_BYTES);
    this.#send(packet, remote, remote.payloadType);
  }

  #sendEvent(remote: Remote, dueMs: number): void {
    const { payload, packet: state } = this.#dtmfSender;
    for (let copy = 0; copy < (state.isEnd ? END_PACKETS : 1); copy += 1) {
      const packet = Buffer.alloc(RTP_HEADER_BYTES + 4);
      packet.set(payload, RTP_HEADER_BYTES);
      this.#stream.event(dueMs, state.isFirst && copy === 0, packet.readUInt16BE(RTP_HEADER_BYTES + 2));
      this.#send(packet, remote, remote.telephoneEventPayloadType);
    }
  }

  #send(packet: Buffer, remote: Remote, payloadType: number): void {
    const stream = this.#stream;
    writeRtpHeader(packet, payloadType, stream.marker, stream.sequence, stream.timestamp, stream.ssrc);
    const send = (bytes: Buffer) => {
      if (!this.#isClosed) this.#socket.send(bytes, remote.port, remote.address);
    };
    this.packetsSent += 1;
    if (this.#options.onSend === undefined) send(packet);
    else this.#options.onSend(packet, send);
  }

  #onMessage(datagram: Buffer): void {
    const header = this.#header;
    if (!parseRtp(datagram, header)) return;
    const isEvent = header.payloadType === (this.#remote?.telephoneEventPayloadType ?? 101);
    this.statistics.take(header.ssrc, header.sequence, header.timestamp, performance.now(), !isEvent);
    if (isEvent) this.#onEvent(datagram);
    else if (header.payloadType === 0 || header.payloadType === 8) this.#onAudio(header.payloadType, datagram);
    this.#options.onPacket?.(header, datagram);
    this.#settleWaiters();
  }

  #onEvent(datagram: Buffer): void {
    const { payloadStart, payloadBytes, timestamp } = this.#header;
    const digit = this.#dtmfReceiver.take(datagram, payloadStart, payloadBytes, timestamp, performance.now());
    if (digit === null) return;
    this.digits += digit.digit;
    this.digitDurationsMs.push(digit.durationSamples / 8);
  }

  #onAudio(payloadType: G711PayloadType, datagram: Buffer): void {
    const { payloadStart, payloadBytes } = this.#header;
    const count = Math.min(payloadBytes, this.#payload.length);
    decodeG711(payloadType, datagram, payloadStart, count, this.#payload, 0);
    this.#heard.copyWithin(0, count);
    this.#heard.set(this.#payload.subarray(0, count), HEARD_SAMPLES - count);
  }

  #settleWaiters(): void {
    if (this.#waiters.length === 0) return;
    const done = this.#waiters.filter((waiter) => waiter.isDone());
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter));
    for (const waiter of done) waiter.resolve();
  }
}

const phones: Set<TonePhoneMedia>[] = Array.from({ length: PHASES }, () => new Set<TonePhoneMedia>());
let clock: MediaClock | null = null;

/** The shared timer runs while there is a phone. */
function join(phone: TonePhoneMedia): number {
  const sizes = phones.map((group) => group.size);
  const phase = sizes.indexOf(Math.min(...sizes));
  phones[phase]?.add(phone);
  clock ??= new MediaClock((due, dueMs, isLate) => {
    for (const member of phones[due] ?? []) member.tick(dueMs, isLate);
  });
  return phase;
}

function leave(phone: TonePhoneMedia, phase: number): void {
  phones[phase]?.delete(phone);
  if (phones.some((group) => group.size > 0)) return;
  clock?.stop();
  clock = null;
}
