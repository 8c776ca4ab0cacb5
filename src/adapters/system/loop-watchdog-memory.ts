/** What the event loop and its watchdog share: 64-bit cells, then the bytes of the farewell. */

/** When the loop was last seen alive, in ms of the monotonic clock. */
export const BEAT = 0;
/** 1: the watch is over. */
export const CLOSED = 1;
/** Of the socket that gets the farewell, -1 for none; with its inode, and the length of the farewell. */
export const DESCRIPTOR = 2;
export const INODE = 3;
export const LENGTH = 4;
/** Counts the farewells, so that each is said once. */
export const VERSION = 5;

/** Where the farewell begins, and where the memory ends. */
export const FAREWELL_BYTES = 64;
export const SHARED_BYTES = 512;

/** The same in all threads of a process. */
export function nowMs(): bigint {
  return process.hrtime.bigint() / 1_000_000n;
}
