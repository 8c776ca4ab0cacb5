/**
 * Tags for the From and To that are ours (RFC 3261 section 19.3 asks for 32 random bits; these have 64). Node draws the random bytes of 128
 * UUIDs at once, those of `randomBytes` anew each time.
 */
import { randomUUID } from 'node:crypto';

/** 16 hexadecimal digits. */
export function newTag(): string {
  const id = randomUUID();
  return id.slice(0, 4) + id.slice(24);
}
