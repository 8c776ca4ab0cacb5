/**
 * Makes drachtio forget dialogs that it holds for a process that is gone. It keeps them, answers each request of the far end with 481
 * without telling anybody, and lets no other client take them over: a dialog under a known id cannot be made anew (drachtio 0.9.10:
 * SD_Insert wants unique ids, and a re-INVITE inside the dialog leaves it with its dead client). A BYE in the far end's name, which
 * nobody hears of but drachtio, ends it there: it too is answered 481, and the dialog is gone. The far ends notice nothing.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DialogFacts } from '../sip/dialog-facts.js';
import type { TelephonyContext } from '../telephony-context.js';

/** drachtio is near: it answers at once, or never because a filter stands before it. */
const REPEAT_MS = 150;
const LIMIT_MS = 450;
/** Above whatever the far end has used. */
const CSEQ = 2 ** 31 - 2;

/** Never rejects: without an answer the re-INVITE is tried all the same. */
export async function evictDialogs(context: TelephonyContext, dialogs: readonly DialogFacts[]): Promise<void> {
  const address = context.drachtio.udpAddress;
  if (address === null) return;
  const socket = createSocket(isIPv6(address.host) ? 'udp6' : 'udp4');
  try {
    await exchange(context, socket, address, dialogs);
  } finally {
    socket.close();
  }
}

/** For a dialog with a server that is gone: nobody there would answer a BYE. Never rejects. */
export async function forgetDialog(context: TelephonyContext, dialog: Forgettable): Promise<void> {
  dialog.hide();
  await evictDialogs(context, [dialog.facts]);
  dialog.forget();
}

interface Forgettable {
  readonly facts: DialogFacts;
  hide(): void;
  forget(): void;
}

function exchange(
  { clock, log }: TelephonyContext,
  socket: Socket,
  { host, port }: { readonly host: string; readonly port: number },
  dialogs: readonly DialogFacts[],
): Promise<void> {
  return new Promise((resolve) => {
    const pending = new Map<string, Buffer>();
    const stops: (() => void)[] = [];
    const finish = (): void => {
      for (const stop of stops) stop();
      if (pending.size > 0)
        log.debug({ dialogs: pending.size }, 'drachtio did not answer when it was told to forget a dialog');
      resolve();
    };
    const send = (): void => {
      // A refused datagram comes back as an error event, which is the answer of nobody.
      for (const message of pending.values()) socket.send(message, () => undefined);
    };
    socket.on('error', finish);
    socket.on('message', (message) => {
      pending.delete(/z9hG4bK([0-9a-f]+)/.exec(message.toString('latin1'))?.[1] ?? '');
      if (pending.size === 0) finish();
    });
    socket.connect(port, host, () => {
      const local = socket.address();
      for (const facts of dialogs) {
        const branch = randomBytes(8).toString('hex');
        pending.set(branch, byeFor(facts, branch, hostPort(local.address, local.port), hostPort(host, port)));
      }
      if (pending.size === 0) return finish();
      send();
    });
    stops.push(clock.startTimer(REPEAT_MS, send), clock.startTimer(LIMIT_MS, finish));
  });
}

function byeFor(facts: DialogFacts, branch: string, from: string, to: string): Buffer {
  const lines = [
    `BYE sip:${to} SIP/2.0`,
    `Via: SIP/2.0/UDP ${from};branch=z9hG4bK${branch};rport`,
    'Max-Forwards: 70',
    `From: <sip:evicted@${from}>;tag=${facts.remoteTag ?? ''}`,
    `To: <sip:evicted@${to}>;tag=${facts.localTag ?? ''}`,
    `Call-ID: ${facts.callId}`,
    `CSeq: ${CSEQ} BYE`,
    'Content-Length: 0',
  ];
  return Buffer.from(`${lines.map((line) => line.replace(/[\r\n\0]/g, '')).join('\r\n')}\r\n\r\n`, 'latin1');
}

function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
