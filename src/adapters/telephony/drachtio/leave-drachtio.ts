/**
 * How a control connection is given up. drachtio 0.9.10 writes to its apps several times at once; when one of these writes meets a connection
 * that was cut, drachtio may keep the dead app among those that want calls, for ever, and every call handed to it is answered by nobody
 * (client.cpp, `Client::send`; 4 of 45 cuts at 2,000 messages a second, 2 of 100 processes killed at 400). A connection that is closed by both
 * sides in turn, and read until then, has not left one behind in 240 tries.
 */
import type { Socket } from 'node:net';
import type { Agent } from 'drachtio-srf';
import type { Clock } from '../../../application/ports/clock.js';

/** Until a drachtio that does not close its side is left without more ado. */
const LEAVE_MS = 1_000;

/** Settles when the connection is closed. Nothing that still comes in it is acted on. Never rejects. */
export function leaveDrachtio(agent: Agent, socket: Socket, clock: Clock): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = clock.startTimer(LEAVE_MS, () => socket.destroy());
    socket.once('close', () => {
      stop();
      resolve();
    });
    socket.removeAllListeners('data');
    socket.resume();
    // Whatever the verb, drachtio forgets all of them: no request is on its way here when the connection closes.
    if (!socket.writableEnded) agent.wp.send(socket, 'remove_route|invite');
    socket.end();
  });
}

/** Ends the package's reconnecting, and every connection that drachtio has taken in its order. */
export async function leaveForGood(agent: Agent, clock: Clock): Promise<void> {
  const { wp, mapServer } = agent;
  wp.closing = true;
  if (wp.reconnectVars.retryTimer !== null) clearTimeout(wp.reconnectVars.retryTimer);
  const taken = [...mapServer].flatMap(([socket, { authenticated }]) => (authenticated ? [socket] : []));
  for (const socket of [...mapServer.keys(), wp.socket]) if (socket && !taken.includes(socket)) socket.destroy();
  await Promise.all(taken.map((socket) => leaveDrachtio(agent, socket, clock)));
}
