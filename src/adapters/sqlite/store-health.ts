/**
 * Whether the database can take a call now: both threads live, a read comes back, and the last write was no fault of the
 * disk. Nothing is written to find out, unless a write has failed: then one is tried that changes nothing.
 */
import type { StoreHealth } from '../../application/ports/store-health.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export function createStoreHealth(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>): StoreHealth {
  let probing: Promise<string | null> | null = null;
  const ask = async (): Promise<string | null> => {
    try {
      if (writer.refusal !== null) return writer.refusal.message;
      if (writer.trouble !== null) await writer.request({ kind: 'probe' });
      await reader.request({ kind: 'probe' });
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      probing = null;
    }
  };
  return {
    // A disk that hangs is asked once, however often it is asked for.
    probe() {
      probing ??= ask();
      return probing;
    },
  };
}
