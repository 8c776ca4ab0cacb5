/**
 * A phone's audio for tests of media: a tone phone joined to a session of the media engine, networks that lose, reorder
 * and delay, and recordings read back. Real UDP on loopback, and no time-out of its own: a test waits for events.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type {
  G711PayloadType,
  MediaEngine,
  MediaEvent,
  MediaSession,
  RemoteMedia,
} from '../../src/embedded/media/media-port.js';
import { TonePhoneMedia, type TonePhoneOptions } from '../../src/embedded/media/tone-phone-media.js';
import { parseWavHeader } from '../../src/embedded/media/wav-format.js';

export interface Leg {
  readonly session: MediaSession;
  readonly phone: TonePhoneMedia;
}

/** What a session is told of a phone. */
export function remoteOf(phone: TonePhoneMedia, payloadType: G711PayloadType = 0): RemoteMedia {
  return {
    address: phone.address,
    port: phone.port,
    payloadType,
    telephoneEventPayloadType: 101,
    ptimeMs: 20,
    send: true,
    receive: true,
  };
}

/** A session with a phone at its other end. Close the phone; the engine closes the session. */
export async function openLeg(
  engine: MediaEngine,
  options: Omit<TonePhoneOptions, 'address'> & { payloadType?: G711PayloadType; address?: string },
): Promise<Leg> {
  const address = options.address ?? '127.0.0.1';
  const session = await engine.createSession({ address });
  const phone = await TonePhoneMedia.open({ ...options, address });
  await session.setRemote(remoteOf(phone, options.payloadType));
  phone.setRemote(address, session.rtpPort, options.payloadType ?? 0);
  return { session, phone };
}

/** Collects the engine's events; `next` waits for one that is yet to come or answers one not yet asked for. */
export class EventLog {
  readonly events: MediaEvent[] = [];
  #waiters: (() => void)[] = [];

  constructor(engine: MediaEngine) {
    engine.onEvent((event) => {
      this.events.push(event);
      for (const wake of this.#waiters.splice(0)) wake();
    });
  }

  async next<T extends MediaEvent['type']>(type: T, sessionId: string): Promise<Extract<MediaEvent, { type: T }>> {
    for (;;) {
      const index = this.events.findIndex((event) => event.type === type && event.sessionId === sessionId);
      const [found] = index < 0 ? [] : this.events.splice(index, 1);
      if (found !== undefined) return found as Extract<MediaEvent, { type: T }>;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }
}

/** A network that drops every `lossEvery`th packet and swaps every `swapEvery`th with the one after it. */
export function badNetwork(lossEvery: number, swapEvery: number): NonNullable<TonePhoneOptions['onSend']> {
  let count = 0;
  let held: Buffer | null = null;
  return (packet, send) => {
    count += 1;
    if (count % lossEvery === 0) return;
    if (held === null && count % swapEvery === 0) {
      held = packet;
      return;
    }
    send(packet);
    if (held !== null) send(held);
    held = null;
  };
}

/** Sends datagrams to a port from a socket of its own, a stranger to the call. */
export async function sendFromStranger(address: string, port: number, datagrams: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, port, address, (error) => (error === null ? resolve() : reject(error)));
    });
  }
  socket.close();
  await once(socket, 'close');
}

export interface WavContent {
  readonly channels: number;
  readonly sampleRate: number;
  /** Interleaved. */
  readonly samples: Int16Array;
}

/** Reads a 16-bit WAV file; throws when its header and its length disagree. */
export function readWav(path: string): WavContent {
  const file = readFileSync(path);
  const format = parseWavHeader(file);
  if (format === 'more' || 'error' in format) throw new Error(`${path} is no WAV file`);
  if (format.dataStart + format.dataBytes !== file.length) throw new Error(`${path} has a wrong length in its header`);
  const samples = new Int16Array(format.dataBytes / 2);
  for (let i = 0; i < samples.length; i += 1) samples[i] = file.readInt16LE(format.dataStart + 2 * i);
  return { channels: format.channels, sampleRate: format.sampleRate, samples };
}
