/** The description of the API: OpenAPI 3.1 in form, complete, and a page that loads nothing from elsewhere. */
import t from 'tap';
import { startApi } from './api-under-test.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function* objectsIn(value: unknown, path = '#'): Generator<readonly [string, Json]> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* objectsIn(item, `${path}/${index}`);
  if (!isObject(value)) return;
  yield [path, value];
  for (const [name, item] of Object.entries(value)) yield* objectsIn(item, `${path}/${name}`);
}

function resolve(document: Json, reference: string): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((at, step) => (isObject(at) ? at[step.replaceAll('~1', '/')] : undefined), document);
}

interface Operation extends Json {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly Json[];
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Json }>>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];

t.test('the description is OpenAPI 3.1: every operation has what the standard asks for', async (t) => {
  const { ask } = await startApi(t);
  const { status, json } = await ask('/openapi.json', { key: null });
  t.equal(status, 200);
  t.match(json.openapi, /^3\.1\.\d$/);
  t.match(json.info, { title: String, version: String });
  const schemes = Object.keys(json.components.securitySchemes);
  const ids: string[] = [];
  for (const [path, item] of Object.entries<Record<string, Operation>>(json.paths)) {
    t.match(path, /^\//);
    for (const [method, operation] of Object.entries(item)) {
      const name = `${method} ${path}`;
      t.ok(METHODS.includes(method), name);
      t.type(operation.operationId, 'string', `${name} has an operationId`);
      t.type(operation.summary, 'string', `${name} has a summary`);
      t.ok(operation.tags?.length, `${name} has a tag`);
      ids.push(operation.operationId ?? '');
      t.ok(Array.isArray(operation.security), `${name} says who may call it`);
      for (const entry of operation.security ?? []) t.ok(Object.keys(entry).every((each) => schemes.includes(each)));
      t.ok(Object.keys(operation.responses).length > 0, `${name} has responses`);
      for (const [code, response] of Object.entries(operation.responses)) {
        t.match(code, /^([1-5]\d\d|default)$/);
        t.type(response.description, 'string', `${name} ${code} has a description`);
      }
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((each) => each.in === 'path');
      t.same(declared.map((each) => each.name).sort(), [...inPath].sort(), `${name} declares the parts of its path`);
      t.ok(declared.every((each) => each.required === true));
    }
  }
  t.equal(new Set(ids).size, ids.length, 'operation ids stand once');
});

t.test(
  'every reference inside the description leads somewhere, and every schema has a type of JSON Schema',
  async (t) => {
    const { ask } = await startApi(t);
    const { json } = await ask('/openapi.json', { key: null });
    const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
    const wrong: string[] = [];
    let references = 0;
    for (const [path, value] of objectsIn(json)) {
      if (typeof value.$ref === 'string') {
        references += 1;
        if (resolve(json, value.$ref) === undefined) wrong.push(`${path} refers to ${value.$ref}`);
      }
      if (/\/schema$/.test(path) && typeof value.type === 'string' && !types.includes(value.type)) wrong.push(path);
      if (value.nullable === true) wrong.push(`${path}: nullable is of OpenAPI 3.0`);
    }
    t.same(wrong, []);
    t.ok(references > 100, 'problems are described once and referred to');
  },
);

t.test('every route of the API is described, and nothing else', async (t) => {
  const { app, ask } = await startApi(t);
  const { json } = await ask('/openapi.json', { key: null });
  const described = Object.entries<Json>(json.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = app.routeTable
    .filter(({ url, method }) => url.startsWith('/api/v1/') && url !== '/api/v1/openapi.json' && method !== 'HEAD')
    .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  t.same(routes.filter((route) => !described.includes(route)).sort(), []);
  t.same(described.filter((route) => route.includes('/api/v1/') && !routes.includes(route)).sort(), []);
});

t.test('the page to try it comes from this server alone', async (t) => {
  const { app } = await startApi(t);
  const page = await app.inject('/api/docs');
  t.equal(page.statusCode, 200);
  const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  t.ok(sources.length > 4);
  for (const source of sources) {
    t.match(source, /^\/api\/docs\/static\//);
    t.equal((await app.inject(source)).statusCode, 200, source);
  }
  const policy = String(page.headers['content-security-policy']);
  t.match(policy, /default-src 'self'/);
  t.notMatch(policy, /https?:\/\/(?!127)/, 'and its policy lets nothing else in');
});
