/** UUID version 7 from the wall clock and the system's random source. Used by the whole program; never blocks. */
import { randomFillSync } from 'node:crypto';
import type { IdSource } from '../../application/ports/id-source.js';

const MAX_SEQUENCE = 0xfff;
/** rand_b, drawn for so many ids at once: each draw asks OpenSSL, which costs ten times what an id does. */
const RANDOM_BYTES = 8;
const DRAWN_IDS = 128;

function format(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Ids of one source sort in the order in which they were made, also within a millisecond and after the wall clock was
 * set back: the twelve bits of rand_a are a counter (RFC 9562 section 6.2, method 1), and the time never goes back.
 */
export function createIdSource(wallMs: () => number = Date.now): IdSource {
  let lastMs = 0;
  let sequence = 0;
  const bytes = Buffer.alloc(16);
  const drawn = Buffer.alloc(RANDOM_BYTES * DRAWN_IDS);
  let at = drawn.length;
  const fillRandom = (): void => {
    if (at === drawn.length) {
      randomFillSync(drawn);
      at = 0;
    }
    drawn.copy(bytes, 8, at, at + RANDOM_BYTES);
    at += RANDOM_BYTES;
  };
  return {
    newId() {
      const now = wallMs();
      if (now > lastMs) {
        lastMs = now;
        sequence = 0;
      } else if (sequence < MAX_SEQUENCE) {
        sequence += 1;
      } else {
        lastMs += 1;
        sequence = 0;
      }
      fillRandom();
      bytes.writeUIntBE(lastMs, 0, 6);
      bytes.writeUInt16BE(0x7000 | sequence, 6);
      bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
      return format(bytes);
    },
  };
}
