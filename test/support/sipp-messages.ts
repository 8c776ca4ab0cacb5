/**
 * Reads the message log that SIPp writes (`-trace_msg`) while it grows: what a scenario has sent and received, in order. Byte for byte,
 * as latin1, since SIP bodies and headers need not be UTF-8.
 */

export interface SippMessage {
  readonly direction: 'sent' | 'received';
  readonly text: string;
}

/** `UDP message sent (551 bytes):` and `TCP message received [305] bytes :`, then an empty line and the bytes. */
const HEAD = /^\w+ message (sent|received) [([](\d+)[^\n]*\n\n/m;

/** The messages in `log` from `offset` on that are there in full, and where the next one begins. */
export function readSippMessages(
  log: string,
  offset: number,
): { readonly messages: readonly SippMessage[]; readonly next: number } {
  const messages: SippMessage[] = [];
  let next = offset;
  for (;;) {
    const head = HEAD.exec(log.slice(next));
    if (head === null) return { messages, next };
    const start = next + head.index + head[0].length;
    const end = start + Number(head[2]);
    if (end > log.length) return { messages, next };
    messages.push({ direction: head[1] === 'sent' ? 'sent' : 'received', text: log.slice(start, end) });
    next = end;
  }
}

/** Where the sender of this message wants audio: address and port of its SDP; null when it has none. */
export function mediaOf(message: SippMessage): { readonly address: string; readonly port: number } | null {
  const address = /^c=IN IP[46] (\S+)/m.exec(message.text)?.[1];
  const port = /^m=audio (\d+)/m.exec(message.text)?.[1];
  return address === undefined || port === undefined ? null : { address, port: Number(port) };
}
