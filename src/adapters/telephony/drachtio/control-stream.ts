/**
 * Keeps whatever arrives on drachtio's control socket from throwing into the event loop. drachtio-srf throws on a broken
 * frame, redelivers a frame whose handler threw, and waits for ever on a length it cannot read; drachtio-link.ts puts
 * this in front of it. A stream whose framing is lost is destroyed, so that the package reconnects with a clean one.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Agent } from 'drachtio-srf';
import { messageOf } from '../deadline.js';
import type { Log } from '../log.js';
import { DrachtioLinkDownError, MAX_MESSAGE_BYTES, MessageTooLargeError } from './drachtio-errors.js';
import { findUnreadable, hasAnswerableContact, readNewInvite, refusalOf } from './unreadable-messages.js';

/** At most five digits and the hash, as drachtio writes it. */
const LENGTH_FORM = /^[0-9]{1,5}(?:#|$)/;

export interface StreamRules {
  readonly log: Log;
  /** False when the event loop has stood still since the last byte: drachtio mixes frames up when its queue to us grows. */
  readonly mayTrust: () => boolean;
  /** Told of a socket that is not trusted any more; whoever hears it gives it up. */
  readonly onDistrust: (socket: Socket) => void;
  readonly isDistrusted: (socket: Socket) => boolean;
  /** Gives a connection up; the package then opens another. */
  readonly renew: (socket: Socket) => void;
  /** Strangers get no answer at all, whatever they send. */
  readonly mayAnswer: (sourceAddress: string) => boolean;
}

/** To be called once, after the agent was told to connect and before it has. */
export function guardAgent(agent: Agent, rules: StreamRules): void {
  guardWrites(agent);
  guardMessages(agent, rules);
  agent.wp.on('connect', (socket: Socket) => {
    socket.setNoDelay(true);
    guardSocket(agent, socket, rules);
  });
}

/** For each new socket, before its first byte is read. */
function guardSocket(agent: Agent, socket: Socket, { log, mayTrust, onDistrust, renew }: StreamRules): void {
  const discard = (detail: string): void => {
    log.error({ detail }, 'the control stream from drachtio is broken; it is discarded');
    agent.wp.mapIncomingMsg.delete(socket);
    renew(socket);
  };
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    if (!mayTrust()) onDistrust(socket);
    try {
      agent.wp._onData(socket, chunk);
    } catch (error) {
      discard(messageOf(error).slice(0, 120));
      return;
    }
    const rest = agent.wp.mapIncomingMsg.get(socket)?.incomingMsg;
    if (rest !== undefined && rest.length > 0 && !LENGTH_FORM.test(rest.toString('latin1', 0, 6))) {
      discard('a length was expected');
    }
  });
}

/** An exception of a message handler ends with that message, and what cannot be parsed is refused or dropped. */
function guardMessages(agent: Agent, rules: StreamRules): void {
  const { log } = rules;
  const refuse = (socket: Socket, message: string, status: 400 | 503, sourceAddress: string, id: string): void => {
    if (rules.mayAnswer(sourceAddress) && hasAnswerableContact(message)) agent.wp.send(socket, refusalOf(id, status));
  };
  const handle = (socket: Socket, message: string): void => {
    if (rules.isDistrusted(socket)) {
      // Nothing of it is acted on; but whoever calls is told to try elsewhere instead of hearing nothing for 64 s.
      const invite = readNewInvite(message);
      if (invite !== null) refuse(socket, message, 503, invite.sourceAddress, invite.transactionId);
      return;
    }
    const unreadable = findUnreadable(message);
    if (unreadable === null) {
      agent._onMsg(socket, message);
      return;
    }
    const { sourceAddress, transactionId, isNewInvite } = unreadable;
    log.warn({ sourceAddress: sourceAddress.slice(0, 45), isNewInvite }, 'a SIP message cannot be parsed');
    if (isNewInvite) refuse(socket, message, 400, sourceAddress, transactionId);
  };
  agent.wp.removeAllListeners('msg');
  agent.wp.on('msg', (socket: Socket, message: string) => {
    try {
      handle(socket, message);
    } catch (error) {
      log.error({ detail: messageOf(error).slice(0, 200) }, 'a message from drachtio could not be handled');
    }
  });
}

/** Message id and bar, which drachtio-srf puts before what it is given. */
const MESSAGE_ID_BYTES = 37;

const sizeOf = (message: string): number => MESSAGE_ID_BYTES + Buffer.byteLength(message);

/** A response without what drachtio-srf repeats of the caller's words: drachtio has them in its transaction and writes them itself. */
function withoutEcho(message: string): string {
  const end = message.indexOf('\r\n\r\n');
  if (end < 0 || !/^sip\|[^\r]*\r\nSIP\/2\.0 /.test(message)) return message;
  return message.slice(0, end).replace(/\r\n(?:from|via):[^\r]*/gi, '') + message.slice(end);
}

/** No message of any kind goes out that drachtio could cut or choke on. Throws MessageTooLargeError at whoever sends it. */
function guardWrites(agent: Agent): void {
  const send = agent.wp.send.bind(agent.wp);
  agent.wp.send = (socket, given) => {
    // It is being given up (leave-drachtio.ts).
    if (socket.writableEnded) throw new DrachtioLinkDownError();
    const message = sizeOf(given) > MAX_MESSAGE_BYTES ? withoutEcho(given) : given;
    const bytes = sizeOf(message);
    if (bytes > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(bytes);
    return send(socket, message);
  };
}

/** What may be written when the event loop cannot: drachtio then answers new INVITEs with 503 by itself. Null where there is no descriptor. */
export function farewellOf(socket: Socket): { readonly descriptor: number; readonly bytes: string } | null {
  const handle = (socket as { readonly _handle?: { readonly fd?: number } | null })._handle;
  const message = `${randomUUID()}|remove_route|invite`;
  return handle?.fd === undefined || handle.fd < 0
    ? null
    : { descriptor: handle.fd, bytes: `${message.length}#${message}` };
}
