/**
 * Walks a value along a schema and names every fault, each at its own field: what is missing, what is unknown, what has
 * the wrong type or is out of range. TypeBox judges the leaves; the walk is ours because its own list of errors is cut
 * off after a few and speaks of the branches of a union and not of fields.
 */
import Type, { type TObject, type TRecord, type TSchema, type TUnion } from 'typebox';
import { Check } from 'typebox/value';
import { type Fault, faultAt, fieldPath } from './fault.js';

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function expectationOf(schema: TSchema): string {
  const { description } = schema as { description?: unknown };
  if (typeof description === 'string') return description;
  if (Type.IsObject(schema)) return 'an object';
  if (Type.IsLiteral(schema)) return JSON.stringify(schema.const);
  return Type.IsArray(schema) ? 'a list' : 'another value';
}

function checkObject(schema: TObject, value: Fields, path: string, faults: Fault[]): void {
  const { properties } = schema;
  for (const [key, found] of Object.entries(value)) {
    if (Object.hasOwn(properties, key)) continue;
    const known = Object.keys(properties).join(', ');
    faults.push(faultAt(fieldPath(path, key), found, `no field of this name; known are ${known}`));
  }
  for (const [key, property] of Object.entries(properties)) {
    const found = Object.hasOwn(value, key) ? value[key] : undefined;
    if (found === undefined && Type.IsOptional(property)) continue;
    checkShape(property, found, fieldPath(path, key), faults);
  }
}

function checkRecord(schema: TRecord, value: Fields, path: string, faults: Fault[]): void {
  const [pattern, property] = Object.entries(schema.patternProperties)[0] ?? ['.*', Type.Unknown()];
  const form = new RegExp(pattern);
  for (const [key, found] of Object.entries(value)) {
    if (form.test(key)) checkShape(property, found, fieldPath(path, key), faults);
    else faults.push(faultAt(fieldPath(path, key), found, expectationOf(schema)));
  }
}

const kindOf = (schema: TSchema): TSchema | null =>
  Type.IsObject(schema) ? ((schema.properties as Readonly<Record<string, TSchema>>).kind ?? null) : null;

/** The branch that the value means, by its `kind` or by its being an object; null when it means none. */
function branchOf(branches: readonly TSchema[], value: unknown): TSchema | null {
  if (!isFields(value)) return null;
  const objects = branches.filter((branch) => Type.IsObject(branch));
  if (objects.length === 1) return objects[0] ?? null;
  return objects.find((branch) => Check(kindOf(branch) ?? Type.Never(), value.kind)) ?? null;
}

function checkUnion(schema: TUnion, value: unknown, path: string, faults: Fault[]): void {
  const branches = schema.anyOf.filter((branch) => !Type.IsNull(branch));
  const hasNull = branches.length < schema.anyOf.length;
  if (value === null && hasNull) return;
  const only = branches.length === 1 ? branches[0] : undefined;
  const branch = only !== undefined && !isLeaf(only) && value !== undefined ? only : branchOf(branches, value);
  if (branch !== null) checkShape(branch, value, path, faults);
  else if (isFields(value) && branches.some((each) => kindOf(each) !== null)) {
    faults.push(faultAt(fieldPath(path, 'kind'), value.kind, expectationOf(schema)));
  } else if (!Check(schema, value)) faults.push(faultAt(path, value, expectationOf(schema)));
}

function isLeaf(schema: TSchema): boolean {
  return !Type.IsObject(schema) && !Type.IsRecord(schema) && !Type.IsArray(schema) && !Type.IsUnion(schema);
}

/** Adds a fault for every field of `value` that does not fit. */
export function checkShape(schema: TSchema, value: unknown, path: string, faults: Fault[]): void {
  const before = faults.length;
  if (Type.IsUnion(schema)) checkUnion(schema, value, path, faults);
  else if (Type.IsRecord(schema) && isFields(value)) checkRecord(schema, value, path, faults);
  else if (Type.IsObject(schema) && isFields(value)) checkObject(schema, value, path, faults);
  else if (Type.IsArray(schema) && Array.isArray(value)) {
    value.forEach((item: unknown, index) => {
      checkShape(schema.items, item, `${path}[${index}]`, faults);
    });
  }
  // What the parts cannot know: lengths, and conditions over a whole object.
  if (faults.length === before && !Check(schema, value)) faults.push(faultAt(path, value, expectationOf(schema)));
}
