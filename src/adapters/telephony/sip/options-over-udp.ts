/** OPTIONS to a SIP port of ours as a carrier sends it (RFC 3261 section 11), from a socket of its own: drachtio sends no request to itself. */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Clock } from '../../../application/ports/clock.js';
import { formatHostAndPort, type HostAndPort } from '../../../config/network-address.js';

export interface AskingForOptions {
  readonly clock: Clock;
  /** User part of the From header. */
  readonly from: string;
  /** It is asked anew after each of these, as UDP may lose one, and with the last one it is given up. */
  readonly waitsMs: readonly number[];
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

function optionsFor(to: string, own: string, user: string): string {
  const id = randomUUID();
  const lines = [
    `OPTIONS sip:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:${user}@${own}>;tag=${id.slice(0, 8)}`,
    `To: <sip:${to}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    `Contact: <sip:${user}@${own}>`,
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The final status, or null when none came. Rejects when this machine cannot send there. */
export async function askForOptions(
  { host, port }: HostAndPort,
  { clock, from, waitsMs, signal }: AskingForOptions,
): Promise<number | null> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let stop: () => void = () => undefined;
  let giveUp: () => void = () => undefined;
  try {
    return await new Promise<number | null>((resolve, reject) => {
      const waits = [...waitsMs];
      const ask = (): void => {
        const waitMs = waits.shift();
        if (waitMs === undefined) {
          resolve(null);
          return;
        }
        const { address, port: ownPort } = socket.address();
        socket.send(
          optionsFor(formatHostAndPort({ host, port }), formatHostAndPort({ host: address, port: ownPort }), from),
        );
        stop = clock.startTimer(waitMs, ask);
      };
      giveUp = () => resolve(null);
      signal?.addEventListener('abort', giveUp);
      // A connected socket hears that nobody listens there.
      socket.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNREFUSED' ? resolve(null) : reject(error),
      );
      socket.on('message', (datagram) => {
        const status = /^SIP\/2\.0 (\d{3}) /.exec(datagram.toString('latin1', 0, 64))?.[1];
        if (status !== undefined && !status.startsWith('1')) resolve(Number(status));
      });
      socket.on('connect', ask);
      socket.connect(port, host);
    });
  } finally {
    stop();
    signal?.removeEventListener('abort', giveUp);
    socket.close();
  }
}
