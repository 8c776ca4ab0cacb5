/** One end of an audio stream: PCMU packets every 20 ms to wherever the test says, and a count of those that came. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export class Voice {
  received = 0;
  readonly #socket: Socket;
  #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sequence = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', () => {
      this.received += 1;
      for (const waiter of this.#waiters) if (this.received >= waiter.count) waiter.resolve();
    });
  }

  static async open(): Promise<Voice> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new Voice(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Speaks to the port that the far end's SDP names. */
  speakTo(sdp: string): void {
    const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
    this.#timer ??= setInterval(() => this.#socket.send(this.#packet(), port, '127.0.0.1'), 20);
  }

  /** Settles when so many more packets have come. */
  heard(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiters.push({ count: this.received + count, resolve }));
  }

  /** Sends nothing more. */
  hush(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  close(): void {
    this.hush();
    this.#socket.close();
  }

  /** RFC 3550 header, then 160 samples of a square wave. */
  #packet(): Buffer {
    this.#sequence += 1;
    const packet = Buffer.alloc(172, 0x10);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(0, 1);
    packet.writeUInt16BE(this.#sequence & 0xffff, 2);
    packet.writeUInt32BE((this.#sequence * 160) >>> 0, 4);
    packet.writeUInt32BE(this.port, 8);
    for (let sample = 0; sample < 160; sample += 8) packet.fill(0x90, 12 + sample, 16 + sample);
    return packet;
  }
}
