/** Makes a key of the REST API. Called by `ringpost key create` for the first one and by the API for further ones. */
import { type ApiKey, formatApiKey, PREFIX_LENGTH, type Scope, SECRET_LENGTH } from '../../domain/campaigns/api-key.js';
import type { ApiKeyRepository } from '../ports/api-key-repository.js';
import type { Clock } from '../ports/clock.js';
import type { IdSource } from '../ports/id-source.js';
import type { SecretSource } from '../ports/secret-source.js';

export interface KeyDependencies {
  readonly keys: ApiKeyRepository;
  readonly secrets: SecretSource;
  readonly ids: IdSource;
  readonly clock: Clock;
}

export interface CreatedKey {
  readonly key: ApiKey;
  /** The key itself: it is shown now and can never be shown again. */
  readonly text: string;
}

export async function createApiKey(
  deps: KeyDependencies,
  { name, scopes }: { readonly name: string; readonly scopes: readonly Scope[] },
): Promise<CreatedKey> {
  const prefix = deps.secrets.newWord(PREFIX_LENGTH, 'lower');
  const text = formatApiKey(prefix, deps.secrets.newWord(SECRET_LENGTH, 'mixed'));
  const key: ApiKey = {
    id: deps.ids.newId(),
    name,
    prefix,
    sha256: deps.secrets.sha256(text),
    scopes: [...new Set(scopes)],
    createdAt: deps.clock.wallMs(),
    lastUsedAt: null,
    revokedAt: null,
  };
  await deps.keys.add(key);
  return { key, text };
}
