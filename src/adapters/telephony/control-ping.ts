/** Asks drachtio for a sign of life on an idle link. drachtio-srf can send pings but never looks whether they are answered. */
import type { Socket } from 'node:net';
import type { Agent } from 'drachtio-srf';
import type { Clock } from '../../application/ports/clock.js';
import type { Deadlines } from './deadlines.js';

/** Repeats until the returned function is called, or `onDead` has been: once, when a ping is not answered in time. */
export function pingDrachtio(
  agent: Agent,
  socket: Socket,
  clock: Clock,
  deadlines: Deadlines,
  onDead: () => void,
): () => void {
  let stop: () => void = () => undefined;
  const schedule = (): void => {
    stop = clock.startTimer(deadlines.pingIntervalMs, () => {
      const server = agent.mapServer.get(socket);
      if (server === undefined) return;
      const id = agent.wp.send(socket, 'ping');
      stop = clock.startTimer(deadlines.pongMs, onDead);
      server.pendingRequests.set(id, () => {
        stop();
        schedule();
      });
    });
  };
  schedule();
  return () => stop();
}
