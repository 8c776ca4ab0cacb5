/**
 * The two UDP sockets of a session (RTP and, one port above, RTCP). Binds for real, hands every datagram on, sends from
 * reused buffers. Errors of the network are counted and never thrown.
 */

import { createSocket, type Socket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import { MediaError } from './media-errors.js';

export interface DatagramSource {
  readonly address: string;
  readonly port: number;
}

export interface TransportListener {
  onRtp(datagram: Buffer, source: DatagramSource): void;
  onRtcp(datagram: Buffer, source: DatagramSource): void;
  /** One of the two has thrown. */
  onFault(error: unknown): void;
}

export const MAX_PACKET_BYTES = 1500;

/** Node sends at once unless the kernel's buffer is full; then the packet waits, so its buffer is not reused just yet. */
const SEND_BUFFERS = 4;

type Lookup = (
  address: string,
  options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

/** Addresses are numeric, so looking one up is handing it back; the default would take a turn of the event loop. */
const sameAddress4: Lookup = (address, _options, callback) => callback(null, address, 4);
const sameAddress6: Lookup = (address, _options, callback) => callback(null, address, 6);

/** A buffer to make a packet in, with the part of it that was sent last: packets of a call are of one size. */
interface SendBuffer {
  readonly whole: Buffer;
  part: Buffer;
}

function sendBuffer(): SendBuffer {
  const whole = Buffer.alloc(MAX_PACKET_BYTES);
  return { whole, part: whole };
}

export class RtpTransport {
  sendErrors = 0;
  readonly #address: string;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #buffers = Array.from({ length: SEND_BUFFERS }, sendBuffer);
  #nextBuffer = 0;
  #buffer = sendBuffer();
  #isClosed = false;

  private constructor(address: string, rtp: Socket, rtcp: Socket) {
    this.#address = address;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  /** Rejects with a MediaError when the address is none, or with the system's error when a port cannot be bound. */
  static async open(address: string, rtpPort: number): Promise<RtpTransport> {
    if (isIP(address) === 0) throw new MediaError(`${address} is not an IP address`);
    const rtp = await bind(address, rtpPort);
    try {
      return new RtpTransport(address, rtp, await bind(address, rtpPort + 1));
    } catch (error) {
      await closed(rtp);
      throw error;
    }
  }

  listen(listener: TransportListener): void {
    this.#rtp.on('message', (datagram, source) => {
      try {
        listener.onRtp(datagram, source);
      } catch (error) {
        listener.onFault(error);
      }
    });
    this.#rtcp.on('message', (datagram, source) => {
      try {
        listener.onRtcp(datagram, source);
      } catch (error) {
        listener.onFault(error);
      }
    });
    const count = () => {
      this.sendErrors += 1;
    };
    this.#rtp.on('error', count);
    this.#rtcp.on('error', count);
  }

  /** Whether packets can be sent from here to an address at all. */
  reaches(address: string): boolean {
    return isIP(address) !== 0 && isIPv6(address) === isIPv6(this.#address);
  }

  /** A buffer to make the next packet in. */
  buffer(): Buffer {
    this.#nextBuffer = (this.#nextBuffer + 1) % SEND_BUFFERS;
    this.#buffer = this.#buffers[this.#nextBuffer] ?? this.#buffer;
    return this.#buffer.whole;
  }

  /** Sends the first `bytes` of what `buffer` answered last. */
  sendRtp(bytes: number, port: number, address: string): void {
    if (this.#isClosed) return;
    const buffer = this.#buffer;
    if (buffer.part.length !== bytes) buffer.part = buffer.whole.subarray(0, bytes);
    this.#rtp.send(buffer.part, port, address);
  }

  sendRtcp(packet: Uint8Array, port: number, address: string): void {
    if (!this.#isClosed) this.#rtcp.send(packet, 0, packet.length, port, address);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([closed(this.#rtp), closed(this.#rtcp)]);
  }
}

function bind(address: string, port: number): Promise<Socket> {
  const socket = isIPv6(address)
    ? createSocket({ type: 'udp6', lookup: sameAddress6 })
    : createSocket({ type: 'udp4', lookup: sameAddress4 });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => resolve());
  });
}
