/**
 * Keeps whatever arrives on drachtio's control socket from throwing into the event loop. drachtio-srf throws on a broken
 * frame, redelivers a frame whose handler threw, and waits for ever on a length it cannot read; drachtio-link.ts puts
 * this in front of it. A stream whose framing is lost is destroyed, so that the package reconnects with a clean one.
 */
import type { Socket } from 'node:net';
import type { Agent } from 'drachtio-srf';
import { messageOf } from './deadline.js';
import type { Log } from './log.js';

/** At most five digits and the hash, as drachtio writes it. */
const LENGTH_FORM = /^[0-9]{1,5}(?:#|$)/;

/** To be called for each new socket, before its first byte is read. */
export function guardSocket(agent: Agent, socket: Socket, log: Log): void {
  const discard = (detail: string): void => {
    log.error({ detail }, 'the control stream from drachtio is broken; it is discarded');
    agent.wp.mapIncomingMsg.delete(socket);
    socket.destroy();
  };
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
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

/** Once per agent: an exception of a message handler ends with that message. */
export function guardMessages(agent: Agent, log: Log): void {
  agent.wp.removeAllListeners('msg');
  agent.wp.on('msg', (socket: Socket, message: string) => {
    try {
      agent._onMsg(socket, message);
    } catch (error) {
      log.error({ detail: messageOf(error).slice(0, 200) }, 'a message from drachtio could not be handled');
    }
  });
}
