/** Random identifiers: branches, tags, Call-IDs. Each has at least 48 bits that nobody can guess (RFC 3261 section 19.3 asks for 32). */
import { randomUUID } from 'node:crypto';

/** RFC 3261 section 8.1.1.7: a branch that starts so identifies the transaction by itself. */
export const MAGIC_COOKIE = 'z9hG4bK';

export function newBranch(): string {
  return `${MAGIC_COOKIE}${randomUUID().replaceAll('-', '')}`;
}

export function newTag(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16);
}

export function newSipCallId(): string {
  return randomUUID();
}
