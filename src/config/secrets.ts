/**
 * The secrets: read from the environment or from files, kept in a type that never shows its value by accident. Called by loadConfig.
 * Nothing here is ever logged, printed in a fault or part of Config.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

/** Holds a value that only `reveal` gives away: text, JSON and the inspector show a placeholder. */
export class Secret {
  readonly #value: string;
  /** `generated` ones die with the process, so nobody outside can know them. */
  readonly origin: 'environment' | 'file' | 'generated';

  constructor(value: string, origin: 'environment' | 'file' | 'generated') {
    this.#value = value;
    this.origin = origin;
  }

  /** Only where it is sent to the server that asks for it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

export interface Secrets {
  readonly drachtio: Secret;
  readonly eventSocket: Secret;
}

interface SecretVariable {
  readonly name: string;
  /** The one that the server's own sample configuration has, known to everybody who scans for it. */
  readonly publicDefault: string;
  readonly description: string;
}

/** Each may also be given as the path of a file in the variable of the same name with `_FILE` behind it. */
export const SECRET_VARIABLES = {
  drachtio: {
    name: 'DRACHTIO_SECRET',
    publicDefault: 'cymru',
    description: 'Shared secret of the drachtio control port.',
  },
  eventSocket: {
    name: 'FREESWITCH_EVENT_SOCKET_PASSWORD',
    publicDefault: 'ClueCon',
    description: 'Password of the FreeSWITCH event socket.',
  },
} as const satisfies Record<keyof Secrets, SecretVariable>;

export const ALLOW_DEFAULT_SECRETS = 'RINGPOST_ALLOW_DEFAULT_SECRETS';
/** What that variable must say; "1" or "yes" would be set without being read. */
export const ALLOW_DEFAULT_SECRETS_WORDS = 'anybody-may-place-calls';

/** Both travel in line-based protocols, where a control character would begin another command. */
const UNPRINTABLE = /[^\x21-\x7e]/;

type Environment = Readonly<Record<string, string | undefined>>;

function readSecretFile(name: string, path: string, faults: string[]): string | null {
  try {
    // A trailing line break is the editor's, not part of the secret.
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error';
    faults.push(`${name}_FILE names ${path}, which cannot be read (${code}).`);
    return null;
  }
}

function readSecret(env: Environment, variable: SecretVariable, embedded: boolean, faults: string[]): Secret | null {
  const { name, publicDefault } = variable;
  const direct = env[name] ?? '';
  const path = env[`${name}_FILE`] ?? '';
  if (direct !== '' && path !== '') {
    faults.push(`${name} and ${name}_FILE are both set: keep one of them.`);
    return null;
  }
  if (direct === '' && path === '') {
    // The embedded switch is started by the app and told the same random secret.
    if (embedded) return new Secret(randomBytes(24).toString('base64url'), 'generated');
    faults.push(`${name} is not set: set it, or ${name}_FILE, to what the server has.`);
    return null;
  }
  const value = direct !== '' ? direct : readSecretFile(name, path, faults);
  if (value === null) return null;
  if (value === '' || UNPRINTABLE.test(value)) {
    faults.push(`${name} must be printable ASCII without spaces, and not empty.`);
    return null;
  }
  if (value === publicDefault && env[ALLOW_DEFAULT_SECRETS] !== ALLOW_DEFAULT_SECRETS_WORDS) {
    faults.push(
      `${name} is the default that everybody knows: change it here and on the server, or accept the risk with ${ALLOW_DEFAULT_SECRETS}=${ALLOW_DEFAULT_SECRETS_WORDS}.`,
    );
    return null;
  }
  return new Secret(value, direct !== '' ? 'environment' : 'file');
}

/** Null when a fault was added to the list. `embedded`: absent secrets are made up. */
export function readSecrets(env: Environment, embedded: boolean, faults: string[]): Secrets | null {
  const words = env[ALLOW_DEFAULT_SECRETS] ?? '';
  if (words !== '' && words !== ALLOW_DEFAULT_SECRETS_WORDS) {
    faults.push(`${ALLOW_DEFAULT_SECRETS} says nothing but ${ALLOW_DEFAULT_SECRETS_WORDS}, or is left out.`);
  }
  const drachtio = readSecret(env, SECRET_VARIABLES.drachtio, embedded, faults);
  const eventSocket = readSecret(env, SECRET_VARIABLES.eventSocket, embedded, faults);
  return drachtio === null || eventSocket === null ? null : { drachtio, eventSocket };
}
