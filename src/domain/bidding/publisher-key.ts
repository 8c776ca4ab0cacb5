/**
 * The key under which a publisher pings us: it says whose calls they are and which campaign is to buy them. The key itself
 * is shown once, to whoever made it; what is kept is its hash, and its prefix, by which an operator recognises it.
 */

export interface PublisherKey {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Eight lower-case letters and digits, unique among all publisher keys. */
  readonly prefix: string;
  /** SHA-256 of the whole key in hexadecimal; its 190 random bits need no salt. */
  readonly sha256: string;
  readonly sourceId: string;
  readonly campaignId: string;
  readonly pingsPerMinute: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

const KEY_FORM = /^rpp_([a-z0-9]{8})_[A-Za-z0-9]{32}$/;

export function formatPublisherKey(prefix: string, secret: string): string {
  return `rpp_${prefix}_${secret}`;
}

/** The prefix of a text that has the form of a publisher key, else null. */
export function publisherPrefixOf(text: string): string | null {
  return KEY_FORM.exec(text)?.[1] ?? null;
}
