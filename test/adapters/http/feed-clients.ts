/** Followers of the live feed for tests: one that reads as it should, and one that asks for the feed and then reads nothing. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import type { Test } from 'tap';
import { WebSocket } from 'undici';
import type { CallApi } from './call-api.js';

export interface FeedMessage {
  readonly type: string;
  readonly sequence?: number;
  readonly step?: string;
  readonly epoch?: string;
  readonly call?: { readonly id: string; readonly callerNumber: string };
  readonly detail?: string;
  readonly oldest?: number;
  readonly newest?: number;
  readonly next?: number;
}

export class ReadingFollower {
  readonly messages: FeedMessage[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.messages.push(JSON.parse(String(data)));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
    });
  }

  static async open(t: Test, api: CallApi, key: string, query = ''): Promise<ReadingFollower> {
    const url = `${api.url.replace('http', 'ws')}/api/v1/feed${query}`;
    const follower = new ReadingFollower(new WebSocket(url, { headers: { authorization: `Bearer ${key}` } }));
    t.teardown(() => follower.drop());
    await follower.until((messages) => messages.length > 0);
    return follower;
  }

  get sequences(): readonly number[] {
    return this.messages.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]));
  }

  async until(isThere: (messages: readonly FeedMessage[]) => boolean): Promise<void> {
    while (!isThere(this.messages)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  has(sequence: number): Promise<void> {
    return this.until((messages) => messages.at(-1)?.sequence === sequence);
  }

  drop(): void {
    this.#socket.close();
  }
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Takes whole frames of a server, which masks none (RFC 6455 section 5.2), off the bytes as they come. */
class FrameReader {
  #rest = Buffer.alloc(0);

  *take(bytes: Uint8Array): Generator<Frame> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (let frame = this.#next(); frame !== null; frame = this.#next()) yield frame;
  }

  #next(): Frame | null {
    const bytes = this.#rest;
    if (bytes.length < 10) return bytes.length < 2 || bytes.readUInt8(1) > bytes.length - 2 ? null : this.#cut(2);
    const short = bytes.readUInt8(1);
    return this.#cut(short === 126 ? 4 : short === 127 ? 10 : 2);
  }

  #cut(headBytes: number): Frame | null {
    const bytes = this.#rest;
    const short = bytes.readUInt8(1);
    const long = headBytes === 4 ? bytes.readUInt16BE(2) : Number(headBytes === 10 ? bytes.readBigUInt64BE(2) : short);
    const end = headBytes + long;
    if (bytes.length < end) return null;
    this.#rest = bytes.subarray(end);
    return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(headBytes, end) };
  }
}

export class SilentFollower {
  readonly #socket: Socket;
  readonly #head: Buffer;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#head = head;
  }

  static async open(t: Test, api: CallApi, key: string): Promise<SilentFollower> {
    const headers = {
      authorization: `Bearer ${key}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    };
    const asked = request(`${api.url}/api/v1/feed`, { headers });
    asked.end();
    const [, socket, head] = (await once(asked, 'upgrade')) as [unknown, Socket, Buffer];
    socket.pause();
    socket.on('error', () => undefined);
    t.teardown(() => socket.destroy());
    return new SilentFollower(socket, head);
  }

  /** Reads everything there is until the server closes: how many texts, and with which code and reason it closed. */
  async readToEnd(): Promise<{ readonly texts: number; readonly code: number; readonly reason: string }> {
    const frames = new FrameReader();
    let texts = 0;
    const read = (bytes: Uint8Array): Buffer | null => {
      for (const { opcode, payload } of frames.take(bytes)) {
        if (opcode === 1) texts += 1;
        if (opcode === 8) return payload;
      }
      return null;
    };
    let close = read(this.#head);
    if (close === null) {
      for await (const chunk of this.#socket) {
        close = read(chunk as Buffer);
        if (close !== null) break;
      }
    }
    if (close === null) throw new Error('the connection ended without a close frame');
    return { texts, code: close.readUInt16BE(0), reason: close.toString('utf8', 2) };
  }
}
