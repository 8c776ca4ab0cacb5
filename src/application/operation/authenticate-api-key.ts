/** Whose key a request carries. Called by the REST API for each request; it never says why a key is refused. */
import { type ApiKey, prefixOf } from '../../domain/campaigns/api-key.js';
import type { ApiKeyRepository } from '../ports/api-key-repository.js';
import type { Clock } from '../ports/clock.js';
import type { SecretSource } from '../ports/secret-source.js';

export interface AuthenticationDependencies {
  readonly keys: ApiKeyRepository;
  readonly secrets: SecretSource;
  readonly clock: Clock;
}

/** A key that is used all the time is written down once a minute and not once a request. */
const TOUCH_EVERY_MS = 60_000;

/** Null for a text that is no key, for an unknown key, a wrong secret and a revoked key alike. */
export async function authenticateApiKey(deps: AuthenticationDependencies, text: string): Promise<ApiKey | null> {
  const prefix = prefixOf(text);
  if (prefix === null) return null;
  const key = await deps.keys.findByPrefix(prefix);
  if (key === null || key.revokedAt !== null) return null;
  if (!deps.secrets.isSame(deps.secrets.sha256(text), key.sha256)) return null;
  const now = deps.clock.wallMs();
  if (key.lastUsedAt === null || now - key.lastUsedAt >= TOUCH_EVERY_MS) await deps.keys.touch(key.id, now);
  return key;
}
