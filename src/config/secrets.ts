/**
 * The secrets: read from the environment or from files, kept in a type that never shows its value by accident. Called by loadConfig.
 * Nothing here is ever logged, printed in a fault or part of Config.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { ACCEPTED_RISKS, isRiskAccepted } from './accepted-risks.js';

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

/** Of the two servers. */
export interface ServerSecrets {
  readonly drachtio: Secret;
  /** One password for all media servers, or one for each in the order of FREESWITCH_SERVERS, by white space: see `passwordOf`. */
  readonly eventSocket: Secret;
}

export interface Secrets extends ServerSecrets {
  /** Null: the SMTP server asks for none, or no mail is sent. */
  readonly smtpPassword: Secret | null;
  /** Null: the recogniser asks for none, or there is none. */
  readonly asrAuthorization: Secret | null;
}

const wordsOf = (value: string): string[] => value.split(/\s+/).filter((word) => word !== '');

/** Of the media server with this index. */
export function passwordOf(eventSocket: Secret, index: number): string {
  const words = wordsOf(eventSocket.reveal());
  return words[index] ?? words[0] ?? '';
}

/** Whether one of the words is what everybody knows. */
export function isPublicDefault(secret: Secret, publicDefault: string): boolean {
  return wordsOf(secret.reveal()).includes(publicDefault);
}

interface SecretVariable {
  readonly name: string;
  /** The one that the server's own sample configuration has, known to everybody who scans for it. */
  readonly publicDefault: string;
  readonly description: string;
  /** It may be one for each server. */
  readonly isList: boolean;
}

/** Each may also be given as the path of a file in the variable of the same name with `_FILE` behind it. */
export const SECRET_VARIABLES = {
  drachtio: {
    name: 'DRACHTIO_SECRET',
    publicDefault: 'cymru',
    description: 'Shared secret of the drachtio control port.',
    isList: false,
  },
  eventSocket: {
    name: 'FREESWITCH_EVENT_SOCKET_PASSWORD',
    publicDefault: 'ClueCon',
    description:
      'Password of the FreeSWITCH event socket. With FREESWITCH_SERVERS one for all, or one for each in the same order, by spaces or lines.',
    isList: true,
  },
} as const satisfies Record<keyof ServerSecrets, SecretVariable>;

/** Secrets of services that a system may do without, with what the reference table says of them. */
export const OPTIONAL_SECRETS = {
  RINGPOST_SMTP_PASSWORD: 'Password of the user in RINGPOST_SMTP_URL.',
  RINGPOST_ASR_AUTHORIZATION:
    'What the recogniser at RINGPOST_ASR_URL gets in the header Authorization, such as `Bearer ...`.',
} as const;

/** Both travel in line-based protocols, where a control character would begin another command. */
const UNPRINTABLE = /[^\x21-\x7e]/;

export type Environment = Readonly<Record<string, string | undefined>>;

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

interface Reading {
  readonly embedded: boolean;
  /** Media servers that there are. */
  readonly servers: number;
  readonly mayBeDefault: boolean;
  readonly faults: string[];
}

function readSecret(env: Environment, variable: SecretVariable, reading: Reading): Secret | null {
  const { name, publicDefault, isList } = variable;
  const { embedded, servers, faults } = reading;
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
  const words = isList ? wordsOf(value) : [value];
  if (words.length === 0 || words.some((word) => word === '' || UNPRINTABLE.test(word))) {
    faults.push(`${name} must be printable ASCII without spaces, and not empty.`);
    return null;
  }
  if (words.length > 1 && words.length !== servers) {
    faults.push(
      `${name} has ${words.length} passwords for ${servers} media servers: give one for all, or one for each.`,
    );
    return null;
  }
  if (words.includes(publicDefault) && !reading.mayBeDefault) {
    const { name: risk, words: sentence } = ACCEPTED_RISKS.defaultSecrets;
    faults.push(
      `${name} is the default that everybody knows: change it here and on the server, or accept the risk with ${risk}=${sentence}.`,
    );
    return null;
  }
  return new Secret(value, direct !== '' ? 'environment' : 'file');
}

/** It travels encoded, so spaces are part of it. Null when it is not set, or cannot be read. */
export function readOptionalSecret(
  env: Environment,
  name: keyof typeof OPTIONAL_SECRETS,
  faults: string[],
): Secret | null {
  const direct = env[name] ?? '';
  const path = env[`${name}_FILE`] ?? '';
  if (direct !== '' && path !== '') {
    faults.push(`${name} and ${name}_FILE are both set: keep one of them.`);
    return null;
  }
  if (direct === '' && path === '') return null;
  const value = direct !== '' ? direct : readSecretFile(name, path, faults);
  if (value === null) return null;
  if (value === '' || /[^\x20-\x7e]/.test(value)) {
    faults.push(`${name} must be printable ASCII, and not empty.`);
    return null;
  }
  return new Secret(value, direct !== '' ? 'environment' : 'file');
}

/** Null when a fault was added to the list. `embedded`: absent secrets are made up. `servers`: how many media servers there are. */
export function readSecrets(env: Environment, embedded: boolean, faults: string[], servers = 1): ServerSecrets | null {
  const mayBeDefault = isRiskAccepted(env, 'defaultSecrets', faults);
  const reading = { embedded, servers, mayBeDefault, faults };
  const drachtio = readSecret(env, SECRET_VARIABLES.drachtio, reading);
  const eventSocket = readSecret(env, SECRET_VARIABLES.eventSocket, reading);
  return drachtio === null || eventSocket === null ? null : { drachtio, eventSocket };
}
