/**
 * Who wants to know that a signal fires: one signal serves every ping of an auction, and a listener of its own for each costs more
 * than the rest of the ping's bookkeeping, besides being taken for a leak by Node from the eleventh on. Called by exchange.ts.
 */
type Listener = () => void;

const listenersOf = new WeakMap<AbortSignal, Set<Listener>>();

function listen(signal: AbortSignal): Set<Listener> {
  const listeners = new Set<Listener>();
  listenersOf.set(signal, listeners);
  signal.addEventListener('abort', () => {
    for (const listener of listeners) listener();
  });
  return listeners;
}

/** The listener must not throw. Returns the release. */
export function onAbort(signal: AbortSignal, listener: Listener): () => void {
  const listeners = listenersOf.get(signal) ?? listen(signal);
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
