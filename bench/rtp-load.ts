/**
 * Audio of many test phones in one process, as cheap as Node can: each leg has a socket, all legs of a phase send in one batch,
 * and the packets carry their own number and the instant they left. So whoever hears one knows what was lost and how long it took.
 * It watches its own event loop, since a generator that is not let run looks like a switch that is late.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { MediaClock, PHASES } from '../src/embedded/media/media-clock.js';
import { RTP_HEADER_BYTES, readUint32, writeRtpHeader, writeUint32 } from '../src/embedded/media/rtp-packet.js';
import type { PhoneMedia } from '../src/embedded/phone/phone-media.js';

const ADDRESS = '127.0.0.1';
const PAYLOAD_BYTES = 160;
const MAGIC = 0x52494e47;
/** In the payload: mark, number of the leg, number of the packet, then the instant as a double. */
const LEG_AT = RTP_HEADER_BYTES + 4;
const NUMBER_AT = RTP_HEADER_BYTES + 8;
const INSTANT_AT = RTP_HEADER_BYTES + 12;
const RECEIVE_BUFFER_BYTES = 1 << 18;
const LATE_MS = 40;

export interface LoadWindow {
  readonly sent: number;
  readonly heard: number;
  /** Late whatever the generator did. */
  readonly late: number;
  /** Late, but so was the generator: it may have lain in the generator's own socket. */
  readonly doubtful: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  /** Longest turn of the generator's event loop. */
  readonly stallMs: number;
}

/** States: open -> closed. Sends from the first `setRemote` on. */
export class LoadLeg implements PhoneMedia {
  readonly port: number;
  /** Instant of the first packet of another leg, and whose it was; 0 before. */
  firstHeardMs = 0;
  heardFrom = 0;
  sent = 0;
  /** Of the window: which packets of this leg are counted, and how many of them arrived anywhere. */
  from = 0;
  until = Number.POSITIVE_INFINITY;
  arrived = 0;
  onFirstHeard: () => void = () => undefined;
  readonly #packet = Buffer.alloc(RTP_HEADER_BYTES + PAYLOAD_BYTES, 0xd5);
  #isConnected = false;
  #connectedTo = '';
  #isClosed = false;

  constructor(
    readonly number: number,
    private readonly socket: Socket,
    private readonly release: (leg: LoadLeg) => void,
  ) {
    this.port = (socket.address() as AddressInfo).port;
    writeUint32(this.#packet, RTP_HEADER_BYTES, MAGIC);
    writeUint32(this.#packet, LEG_AT, number);
  }

  setRemote(address: string, port: number): void {
    const remote = `${address}:${port}`;
    if (this.#isClosed || remote === this.#connectedTo) return;
    if (this.#isConnected) this.socket.disconnect();
    this.#isConnected = false;
    this.#connectedTo = remote;
    this.socket.connect(port, address, () => {
      this.#isConnected = true;
    });
  }

  tick(): void {
    if (!this.#isConnected || this.#isClosed) return;
    this.sent += 1;
    writeRtpHeader(this.#packet, 0, this.sent === 1, this.sent, this.sent * PAYLOAD_BYTES, this.number);
    writeUint32(this.#packet, NUMBER_AT, this.sent);
    this.#packet.writeDoubleLE(performance.now(), INSTANT_AT);
    this.socket.send(this.#packet);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.release(this);
    this.socket.close();
  }
}

export class RtpLoad {
  ticksPerPacket = 1;
  #ticks = 0;
  readonly #legs = new Map<number, LoadLeg>();
  readonly #phases: LoadLeg[][] = Array.from({ length: PHASES }, () => []);
  readonly #clock = new MediaClock((phase) => {
    this.#ticks += 1;
    // Each phase has its turn, whatever the number.
    if (Math.floor(this.#ticks / PHASES) % this.ticksPerPacket !== 0) return;
    for (const leg of this.#phases[phase] ?? []) leg.tick();
  });
  #lastNumber = 0;
  #isTurnNoted = false;
  #turnEndedMs = performance.now();
  #stallMs = 0;
  #late = 0;
  #doubtful = 0;
  #latencies: number[] = [];

  async open(): Promise<LoadLeg> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    await new Promise<void>((resolve) => socket.bind(0, ADDRESS, resolve));
    socket.on('error', () => undefined);
    this.#lastNumber += 1;
    const phase = this.#phases[this.#lastNumber % PHASES] ?? [];
    const leg = new LoadLeg(this.#lastNumber, socket, () => {
      this.#legs.delete(leg.number);
      phase.splice(phase.indexOf(leg), 1);
    });
    socket.on('message', (datagram) => this.#hear(leg, datagram));
    this.#legs.set(leg.number, leg);
    phase.push(leg);
    return leg;
  }

  startWindow(): void {
    for (const leg of this.#legs.values()) {
      leg.from = leg.sent + 1;
      leg.until = Number.POSITIVE_INFINITY;
      leg.arrived = 0;
    }
    this.#late = 0;
    this.#doubtful = 0;
    this.#stallMs = 0;
    this.#latencies = [];
  }

  /** What is sent from now on does not count; what is still on its way does until `endWindow`. */
  stopCounting(): void {
    for (const leg of this.#legs.values()) leg.until = leg.sent;
  }

  endWindow(): LoadWindow {
    let sent = 0;
    let heard = 0;
    for (const leg of this.#legs.values()) {
      sent += Math.max(0, leg.until - leg.from + 1);
      heard += leg.arrived;
    }
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
    const latencyMs = { p50: at(0.5), p99: at(0.99) };
    return { sent, heard, late: this.#late, doubtful: this.#doubtful, latencyMs, stallMs: this.#stallMs };
  }

  close(): void {
    this.#clock.stop();
    for (const leg of [...this.#legs.values()]) leg.close();
  }

  #hear(leg: LoadLeg, datagram: Buffer): void {
    if (datagram.length < INSTANT_AT + 8 || readUint32(datagram, RTP_HEADER_BYTES) !== MAGIC) return;
    const nowMs = performance.now();
    this.#noteTurn(nowMs);
    const number = readUint32(datagram, LEG_AT);
    if (leg.firstHeardMs === 0) {
      leg.firstHeardMs = nowMs;
      leg.heardFrom = number;
      leg.onFirstHeard();
    }
    const sender = this.#legs.get(number);
    const packet = readUint32(datagram, NUMBER_AT);
    if (sender === undefined || packet < sender.from || packet > sender.until) return;
    sender.arrived += 1;
    const latencyMs = nowMs - datagram.readDoubleLE(INSTANT_AT);
    if ((packet & 7) === 0) this.#latencies.push(latencyMs);
    if (latencyMs <= LATE_MS) return;
    // It may have come at any time since the loop looked at its sockets last.
    if (latencyMs - (nowMs - this.#turnEndedMs) > LATE_MS) this.#late += 1;
    else this.#doubtful += 1;
  }

  /** Runs once in each turn of the event loop in which anything is heard. */
  #noteTurn(startedMs: number): void {
    if (this.#isTurnNoted) return;
    this.#isTurnNoted = true;
    setImmediate(() => {
      this.#isTurnNoted = false;
      this.#turnEndedMs = performance.now();
      this.#stallMs = Math.max(this.#stallMs, this.#turnEndedMs - startedMs);
    });
  }
}
