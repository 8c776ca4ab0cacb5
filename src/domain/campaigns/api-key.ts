/**
 * A key of the REST API. The key itself is shown once, to whoever made it; what is kept is its hash, and its prefix, by
 * which an operator recognises it in a list.
 */

/** What a key may be allowed to do. None includes another: a key that edits and lists has both scopes. */
export const SCOPES = [
  'configuration:read',
  'configuration:write',
  'calls:read',
  'calls:read-numbers',
  'calls:control',
  'calls:monitor',
  'calls:agent',
  'recordings:read',
  'keys:manage',
  'publisher-keys:manage',
  'metrics:read',
] as const;

export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Eight lower-case letters and digits, unique among all keys. */
  readonly prefix: string;
  /** SHA-256 of the whole key in hexadecimal. A key has 190 random bits, so that no salt and no slow hash is needed. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number;
  /** To the minute; null before the first use. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export const PREFIX_LENGTH = 8;
export const SECRET_LENGTH = 32;

const KEY_FORM = new RegExp(`^rp_([a-z0-9]{${PREFIX_LENGTH}})_[A-Za-z0-9]{${SECRET_LENGTH}}$`);

export function formatApiKey(prefix: string, secret: string): string {
  return `rp_${prefix}_${secret}`;
}

/** The prefix of a text that has the form of a key, else null. */
export function prefixOf(text: string): string | null {
  return KEY_FORM.exec(text)?.[1] ?? null;
}

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
