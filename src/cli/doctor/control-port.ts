/**
 * Questions to drachtio's control port, each over a connection of its own that asks for no requests and sends none: whether it accepts
 * our secret, which version it is, and whether it obeys a client that sends no secret at all.
 */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createFrame, FrameReader } from '../../embedded/drachtio/control-frames.js';
import { within } from './within.js';

const ANSWER_MS = 3_000;

export interface ControlPortAddress {
  readonly host: string;
  readonly port: number;
}

/** `closed`: it hung up on us instead of an answer. */
type Reply = { readonly kind: 'answer'; readonly words: readonly string[] } | { readonly kind: 'closed' };

/** Rejects with the system's error when it cannot be reached. */
function ask({ host, port }: ControlPortAddress, message: string): Promise<Reply> {
  const socket = connect({ host, port });
  const reader = new FrameReader(65_536);
  const reply = new Promise<Reply>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve({ kind: 'closed' }));
    socket.on('connect', () => socket.write(createFrame(`${randomUUID()}|${message}`)));
    socket.on('data', (chunk: Buffer) => {
      try {
        const [payload] = reader.push(chunk);
        if (payload === undefined) return;
        // `uuid|response|uuid of the question|OK or NO|...`
        resolve({ kind: 'answer', words: payload.toString('latin1').split('|').slice(3) });
      } catch {
        reject(new Error('what listens there does not speak the control protocol of drachtio'));
      }
    });
  });
  return within(ANSWER_MS, 'an answer of the control port', reply).finally(() => socket.destroy());
}

export type ControlPortAnswer =
  | {
      readonly kind: 'accepted';
      /** `v0.9.10-1-g9c2dd4cb6a`; the embedded switch says which version it follows. */
      readonly version: string | null;
      /** `udp/192.0.2.1:5060`, one for each. */
      readonly sipAddresses: readonly string[];
    }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable'; readonly detail: string };

export async function authenticate(address: ControlPortAddress, secret: string): Promise<ControlPortAnswer> {
  try {
    const reply = await ask(address, `authenticate|${secret}|`);
    if (reply.kind === 'closed' || reply.words[0] !== 'OK') return { kind: 'refused' };
    const [, sipAddresses = '', version] = reply.words;
    return { kind: 'accepted', version: version ?? null, sipAddresses: sipAddresses.split(',').filter(Boolean) };
  } catch (error) {
    return { kind: 'unreachable', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** A ping changes nothing; a server that answers it to a stranger would place his calls as well. */
export async function obeysStrangers(address: ControlPortAddress): Promise<boolean> {
  const reply = await ask(address, 'ping');
  return reply.kind === 'answer' && reply.words[0] === 'OK';
}
