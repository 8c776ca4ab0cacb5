/**
 * The deadlines of the control link itself. drachtio-srf can send pings but never looks whether they are answered, and waits for ever for
 * a connection that opens and then says nothing.
 */
import type { Socket } from 'node:net';
import type { Agent } from 'drachtio-srf';
import type { Clock } from '../../../application/ports/clock.js';
import type { Deadlines } from '../deadlines.js';

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

/** A connection that is not up in time is destroyed, so that drachtio-srf tries again. Returns the function that ends the watch. */
export function watchConnecting(
  agent: Agent,
  clock: Clock,
  { connectMs }: Deadlines,
  isUp: () => boolean,
  onSilence: () => void,
): () => void {
  let stop: () => void = () => undefined;
  const watch = (limitMs: number): void => {
    stop();
    stop = clock.startTimer(limitMs, () => {
      if (isUp()) return;
      onSilence();
      for (const socket of agent.mapServer.keys()) socket.destroy();
      agent.wp.socket?.destroy();
    });
  };
  agent.wp.on('connect', () => watch(connectMs));
  agent.wp.on('reconnecting', ({ delay }: { readonly delay: number }) => watch(delay + connectMs));
  return () => stop();
}
