/** Whether the SIP port answers OPTIONS from this machine as ready, as a carrier's pings ask. */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { formatHostAndPort, type HostAndPort } from '../../../config/network-address.js';
import { findSipAddress } from '../../sip-address.js';
import type { Check } from '../check.js';
import { ok, quoted, SkippedError, warning } from '../finding.js';

const ASK_MS = 500;
const TRIES = 4;

function optionsFor(to: string, own: string): string {
  const id = randomUUID();
  const lines = [
    `OPTIONS sip:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:doctor@${own}>;tag=${id.slice(0, 8)}`,
    `To: <sip:${to}>`,
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    `Contact: <sip:doctor@${own}>`,
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The status that answers, or null. Asked again each half second, as UDP may lose one. */
async function statusOf({ host, port }: HostAndPort): Promise<number | null> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<number | null>((resolve, reject) => {
      let tries = 0;
      const ask = (): void => {
        tries += 1;
        if (tries > TRIES) {
          resolve(null);
          return;
        }
        socket.send(
          optionsFor(
            formatHostAndPort({ host, port }),
            formatHostAndPort({ host: socket.address().address, port: socket.address().port }),
          ),
        );
        timer = setTimeout(ask, ASK_MS);
      };
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
    clearTimeout(timer);
    socket.close();
  }
}

export const checkSip: Check = {
  name: 'sip',
  async run(context) {
    const found = await findSipAddress(context.config, context.secrets);
    if (found.kind === 'unknown') throw new SkippedError(found.sentence);
    const { address } = found;
    const at = quoted(formatHostAndPort(address));
    const status = await statusOf(address);
    if (status === null) {
      return warning(
        `SIP at ${at} does not answer OPTIONS of this machine`,
        'start the app with "ringpost start"; the embedded switch answers the networks of the trunks alone, so add this machine to one to place test calls',
      );
    }
    if (status === 200) return ok(`SIP at ${at} answers OPTIONS with 200: it is ready for calls`);
    return warning(
      `SIP at ${at} answers OPTIONS with ${status}: calls are refused now`,
      'start the app with "ringpost start", and see above whether drachtio, FreeSWITCH or the database is missing',
    );
  },
};
