/**
 * Checks path, query, headers and body against the TypeBox schema of the route and names every wrong field. Installed once
 * as the validator of the server; bodies of configuration rows are checked by the ConfigurationChecker instead.
 */
import type { FastifySchemaCompiler } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { Problem, type ProblemFault } from './problem.js';

type Errors = ReturnType<ReturnType<typeof Compile>['Errors']>;

const MAX_SHOWN = 80;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}

/** JSON pointer (RFC 6901) to steps. */
function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function fieldOf(steps: readonly string[]): string {
  return steps.reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[${step}]`;
    return path === '' ? step : `${path}.${step}`;
  }, '');
}

function schemaAt(schema: TSchema | undefined, steps: readonly string[]): TSchema | undefined {
  const [step, ...rest] = steps;
  if (step === undefined || schema === undefined) return schema;
  if (Type.IsArray(schema)) return schemaAt(schema.items, rest);
  if (!Type.IsObject(schema)) return undefined;
  return schemaAt((schema.properties as Readonly<Record<string, TSchema>>)[step], rest);
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[step] : undefined),
    value,
  );
}

function expectation(schema: TSchema | undefined, message: string): string {
  const { description } = (schema ?? {}) as { description?: unknown };
  return typeof description === 'string' ? description : message.replace(/^must /, 'it to ');
}

function namesIn(params: unknown, key: 'requiredProperties' | 'additionalProperties'): readonly string[] {
  const names = (params as Readonly<Record<string, unknown>>)[key];
  return Array.isArray(names) ? names.map(String) : [];
}

/** One fault for each field, in the order in which they were found. */
function faultsOf(schema: TSchema, value: unknown, errors: Errors): readonly ProblemFault[] {
  const faults = new Map<string, ProblemFault>();
  const add = (steps: readonly string[], expected: string): void => {
    const field = fieldOf(steps);
    if (!faults.has(field)) faults.set(field, { field, found: shown(valueAt(value, steps)), expected });
  };
  for (const { keyword, instancePath, params, message } of errors) {
    const steps = stepsOf(instancePath);
    if (keyword === 'required') {
      for (const name of namesIn(params, 'requiredProperties')) {
        add([...steps, name], expectation(schemaAt(schema, [...steps, name]), 'a value'));
      }
    } else if (keyword === 'additionalProperties') {
      const parent = schemaAt(schema, steps);
      const known = Type.IsObject(parent) ? Object.keys(parent.properties).join(', ') : '';
      for (const name of namesIn(params, 'additionalProperties')) {
        add([...steps, name], `no field of this name; known are ${known}`);
      }
    } else if (keyword !== 'boolean') add(steps, expectation(schemaAt(schema, steps), message));
  }
  return [...faults.values()];
}

/** A wrong body is 422, a wrong path, query or header 400. Numbers in path and query come as text and are converted. */
export const requestChecker: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema);
  return (sent: unknown) => {
    const value = httpPart === 'body' ? sent : Value.Convert(schema, sent);
    if (compiled.Check(value)) return { value };
    const faults = faultsOf(schema, value, compiled.Errors(value));
    const detail = faults.map(({ field, expected }) => `${field === '' ? 'the body' : field}: expected ${expected}`);
    const kind = httpPart === 'body' ? 'wrong-fields' : 'malformed-request';
    return { error: new Problem(kind, detail.join('; ').slice(0, 1_000), { faults }) };
  };
};
