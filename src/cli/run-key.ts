/** `ringpost key create|list|revoke`: keys of the REST API, made in the database itself, since the first one cannot come from the API. */
import pino from 'pino';
import { createIdSource } from '../adapters/system/id-source.js';
import { createSecretSource } from '../adapters/system/secret-source.js';
import { createSystemClock } from '../adapters/system/system-clock.js';
import { createApiKey } from '../application/operation/create-api-key.js';
import type { ApiKeyRepository } from '../application/ports/api-key-repository.js';
import type { Config } from '../config/config-shape.js';
import type { Secrets } from '../config/secrets.js';
import { type ApiKey, isScope, SCOPES, type Scope } from '../domain/campaigns/api-key.js';
import { openWorkshop } from '../main.js';
import { controlAppSettings } from './settings.js';

export interface KeyCommandOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  /** One line of JSON in place of sentences. */
  readonly isJson: boolean;
  readonly print: (line: string) => void;
}

export type KeyCommand =
  | { readonly kind: 'create'; readonly name: string; readonly scopes: readonly string[] }
  | { readonly kind: 'list' }
  | { readonly kind: 'revoke'; readonly id: string };

const time = (at: number | null): string => (at === null ? 'never' : new Date(at).toISOString());

function lineOf(key: ApiKey): string {
  const state = key.revokedAt === null ? `used ${time(key.lastUsedAt)}` : `revoked ${time(key.revokedAt)}`;
  return `${key.id}  rp_${key.prefix}_...  ${state}  ${key.scopes.join(',')}  ${key.name}`;
}

/** What may be printed: all but the hash. */
function shown({ sha256: _hash, ...key }: ApiKey): Omit<ApiKey, 'sha256'> {
  return key;
}

/** No scopes stand for all of them. Throws a sentence that names those that are not known. */
function scopesOf(names: readonly string[]): readonly Scope[] {
  if (names.length === 0) return SCOPES;
  const unknown = names.filter((name) => !isScope(name));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: no such scope; known are ${SCOPES.join(', ')}`);
  return names.filter(isScope);
}

/** For the demonstration and the command alike: the key itself, which is shown once. */
export async function makeKey(keys: ApiKeyRepository, name: string, scopes: readonly Scope[]) {
  return await createApiKey(
    { keys, secrets: createSecretSource(), ids: createIdSource(), clock: createSystemClock() },
    { name, scopes },
  );
}

async function revoke(keys: ApiKeyRepository, wanted: string): Promise<ApiKey | null> {
  const all = await keys.list();
  const key = all.find(({ id, prefix }) => id === wanted || prefix === wanted.replace(/^rp_/, ''));
  return key === undefined ? null : await keys.revoke(key.id, createSystemClock().wallMs());
}

/** Answers the exit status. */
export async function runKey(options: KeyCommandOptions, command: KeyCommand): Promise<number> {
  const { isJson, print } = options;
  const settings = controlAppSettings(options.config, options.secrets);
  const scopes = command.kind === 'create' ? scopesOf(command.scopes) : [];
  await using workshop = await openWorkshop(settings, pino({ level: 'silent' }));
  const { keys } = workshop;
  if (command.kind === 'create') {
    const { key, text } = await makeKey(keys, command.name, scopes);
    // The key alone on standard output, so that a script may take it.
    print(isJson ? JSON.stringify({ ...shown(key), key: text }) : text);
    return 0;
  }
  if (command.kind === 'list') {
    const list = await keys.list();
    if (isJson) print(JSON.stringify({ items: list.map(shown) }));
    else for (const key of list) print(lineOf(key));
    return 0;
  }
  const revoked = await revoke(keys, command.id);
  if (revoked === null) {
    print(isJson ? JSON.stringify({ error: 'there is no such key' }) : `there is no key ${command.id}`);
    return 1;
  }
  print(isJson ? JSON.stringify(shown(revoked)) : `${lineOf(revoked)}`);
  return 0;
}
