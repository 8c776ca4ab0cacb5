/** One OPTIONS to a SIP server, sent again as RFC 3261 section 17.1.2.2 says, and the status that answers it. */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { HostAndPort } from '../../src/config/network-address.js';

const RESEND_MS = 500;
/** A server that is there answers before; one that leaves strangers unanswered never does. */
const LIMIT_MS = 3_000;

function optionsTo({ host, port }: HostAndPort, ours: string): string {
  const lines = [
    `OPTIONS sip:ping@${host}:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP ${ours};branch=z9hG4bK${randomUUID()};rport`,
    `From: <sip:suite@${ours}>;tag=${randomUUID()}`,
    `To: <sip:ping@${host}:${port}>`,
    `Call-ID: ${randomUUID()}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Null when nothing answers. From 127.0.0.1, as the callers of the sentences. */
export async function askOptions(server: HostAndPort): Promise<number | null> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const message = optionsTo(server, `127.0.0.1:${socket.address().port}`);
  const send = (): void => socket.send(message, server.port, server.host);
  const again = setInterval(send, RESEND_MS);
  send();
  try {
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(LIMIT_MS) })) as [Buffer];
    return Number(/^SIP\/2\.0 (\d{3})/.exec(answer.toString('latin1'))?.[1] ?? 0);
  } catch {
    return null;
  } finally {
    clearInterval(again);
    socket.close();
  }
}
