/**
 * From the process environment to typed values, variable by variable: conversion, range, and names that nobody reads. Called by
 * loadConfig. It adds a sentence to the list for each fault and goes on, so that one start shows all of them.
 */
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { ACCEPTED_RISKS } from './accepted-risks.js';
import { VARIABLE_NAMES, VARIABLES, type VariableName, type Variables } from './env.js';
import { OPTIONAL_SECRETS, SECRET_VARIABLES } from './secrets.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What FreeSWITCH's own configuration reads (freeswitch-conf/README.md); the app may find it in a shared environment. */
const FREESWITCH_PREFIX = 'RINGPOST_FS_';
const MAX_SHOWN_CHARACTERS = 60;

/** A value in a sentence: short, on one line, without anything that a terminal would obey. */
export function shown(value: string): string {
  const printable = value.replace(/[^\x20-\x7e]/g, '?');
  return `"${printable.length > MAX_SHOWN_CHARACTERS ? `${printable.slice(0, MAX_SHOWN_CHARACTERS)}...` : printable}"`;
}

/** What a variable takes, in words: from its schema. */
export function acceptedValues(schema: Type.TSchema): string {
  if ('enum' in schema && Array.isArray(schema.enum)) return `one of ${schema.enum.join(', ')}`;
  if ('minimum' in schema && 'maximum' in schema) return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  if ('pattern' in schema) return `text of the form ${schema.pattern}`;
  return 'text';
}

/** Undefined: neither set nor with a default, or faulty. */
function readVariable(name: VariableName, env: Environment, faults: string[]): unknown {
  const schema: Type.TSchema = VARIABLES.properties[name];
  // Container tools pass variables that were left out as empty ones.
  const raw = env[name]?.trim() ?? '';
  if (raw === '') return 'default' in schema ? schema.default : undefined;
  const value = Type.IsInteger(schema) && /^-?\d+$/.test(raw) ? Number(raw) : raw;
  if (Value.Check(schema, value)) return value;
  const unit = 'unit' in schema ? ` (${String(schema.unit)})` : '';
  faults.push(`${name} is ${shown(raw)}: it takes ${acceptedValues(schema)}${unit}.`);
  return 'default' in schema ? schema.default : undefined;
}

/** Levenshtein distance, for names of a few dozen characters. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

function nearest(name: string, known: readonly string[]): string {
  const byDistance = [...known].sort((a, b) => editDistance(name, a) - editDistance(name, b));
  return byDistance[0] ?? '';
}

/** A mistyped name would otherwise leave the default in force without a word. */
export function refuseUnknownNames(env: Environment, faults: string[]): void {
  const serverSecrets = Object.values(SECRET_VARIABLES).map(({ name }) => name);
  const secretNames = [...serverSecrets, ...Object.keys(OPTIONAL_SECRETS)].flatMap((name) => [name, `${name}_FILE`]);
  const known: readonly string[] = [
    ...VARIABLE_NAMES,
    ...secretNames,
    ...Object.values(ACCEPTED_RISKS).map(({ name }) => name),
  ];
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('RINGPOST_') || name.startsWith(FREESWITCH_PREFIX) || known.includes(name)) continue;
    faults.push(`${shown(name).slice(1, -1)} is not known: did you mean ${nearest(name, known)}?`);
  }
}

/** A faulty variable keeps its default, so that the checks that follow can still run. */
export function readVariables(env: Environment, faults: string[]): Variables {
  const entries = VARIABLE_NAMES.map((name) => [name, readVariable(name, env, faults)] as const);
  const values: unknown = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return Value.Parse(VARIABLES, values);
}
