/** Reads a Compose file as Compose does: YAML with merged blocks, then variables put in. Used by the tests of docker/. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface ComposeService {
  readonly user?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly stop_grace_period?: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export interface ComposeVariable {
  readonly name: string;
  /** `:?` refuses to start without it, `:-` gives a default. */
  readonly kind: 'required' | 'defaulted' | 'bare';
  readonly text: string;
}

const VARIABLE = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:[?-])([^}]*))?\}/g;
const KINDS = { ':?': 'required', ':-': 'defaulted' } as const;

export function variablesOf(text: string): readonly ComposeVariable[] {
  return [...text.matchAll(VARIABLE)].flatMap(([_whole, name, operator, rest = '']) => {
    if (name === undefined) return [];
    const kind = operator === ':?' || operator === ':-' ? KINDS[operator] : 'bare';
    return [{ name, kind, text: rest }];
  });
}

/** Throws for a required variable without a value, as Compose refuses to start. */
export function putIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(VARIABLE, (_whole, name: string | undefined, operator = '', rest = '') => {
    if (name === undefined) return '$';
    const value = values[name] ?? '';
    if (value !== '') return value;
    if (operator === ':?') throw new Error(`${name} is not set: ${rest}`);
    return rest;
  });
}

function deeply(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => deeply(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, deeply(one, change)]));
}

/** As it stands, variables unread. */
export function parseCompose(path: string): unknown {
  return parse(readFileSync(path, 'utf8'), { merge: true });
}

export function readCompose(path: string, values: Readonly<Record<string, string>>): ComposeFile {
  return deeply(parseCompose(path), (text) => putIn(text, values)) as ComposeFile;
}

/** `NAME=value` lines of an env file; comments and commented-out names are left out. */
export function readEnvFile(path: string): Readonly<Record<string, string>> {
  const lines = readFileSync(path, 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const match = /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line);
      return match === null ? [] : [[match[1] ?? '', match[2] ?? '']];
    }),
  );
}
