/**
 * Turns a dialect's request shape into a function from tokens to an HTTP request, once per dialect. The origin is fixed
 * when the shape is compiled: no token can choose the host that is asked.
 */
import type { BidTokens } from '../../application/ports/bidders.js';
import type { RequestShape } from '../../domain/bidding/bidder.js';
import { signatureHeaders } from './request-signature.js';
import {
  compileText,
  compileTree,
  type Filled,
  type FilledText,
  type FilledTree,
  TemplateError,
} from './template-tree.js';

export interface HttpRequest {
  readonly origin: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Names and values in turn, as undici takes them without further work. */
  readonly headers: string[];
  readonly body: string | null;
}

/** A value that cannot be sent as it is; nothing has left the machine. */
export class UnsendableRequestError extends Error {
  override readonly name = 'UnsendableRequestError';
}

export interface CompiledRequest {
  readonly origin: string;
  /** Throws UnsendableRequestError. */
  build(tokens: BidTokens): HttpRequest;
}

const CONTENT_TYPE = { json: 'application/json', form: 'application/x-www-form-urlencoded', query: null } as const;

/** Headers that belong to the connection or to the body, and are never the template's. */
const RESERVED_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** RFC 9110 section 5.6.2: a field name is a token. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
/** RFC 9110 section 5.5: visible characters, space and tab; never CR, LF or NUL. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Half of a surrogate pair has no UTF-8 form, and would make the encoder throw. */
function encodeQueryValue(value: string): string {
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));
}

function encodeSegment(value: string): string {
  // RFC 3986 section 3.3: dot segments would climb in the path, even when they come percent-encoded.
  if (value === '.' || value === '..')
    throw new UnsendableRequestError('a value in the path of the URL is a dot segment');
  return encodeQueryValue(value);
}

interface CompiledUrl {
  readonly origin: string;
  readonly path: FilledText;
  readonly query: FilledText;
}

function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TemplateError(`"${text}" is not an absolute URL such as https://bids.example.com/ping`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TemplateError(`"${text}" is neither http nor https`);
  if (url.username !== '' || url.password !== '') {
    throw new TemplateError('a URL may not hold a user name or password; use an authorization header');
  }
  return url;
}

function compileUrl(template: string): CompiledUrl {
  if (template === '') throw new TemplateError('the request has no URL');
  const authority = /^[a-z]+:\/\/[^/?#]*/i.exec(template)?.[0] ?? '';
  if (authority.includes('{{'))
    throw new TemplateError('tokens may stand in the path and query of a URL, not in its host');
  // The URL parser would encode the braces, so that each token travels through it under a name that it leaves alone.
  const names: string[] = [];
  const marked = template.replace(/\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\}\}/g, (_token, name: string) => {
    names.push(name);
    return `tokenmark${names.length - 1}end`;
  });
  const url = parseUrl(marked);
  const unmark = (text: string): string =>
    text.replace(/tokenmark(\d+)end/g, (_mark, place: string) => `{{${names[Number(place)] ?? ''}}}`);
  return {
    origin: url.origin,
    path: compileText(unmark(url.pathname), encodeSegment),
    query: compileText(unmark(url.search), encodeQueryValue),
  };
}

function refuseHeader(name: string): void {
  if (HEADER_NAME.test(name) && !RESERVED_HEADERS.has(name.toLowerCase())) return;
  throw new TemplateError(`"${name}" is not a header that a request template may set`);
}

function compileHeaders(shape: RequestShape): (tokens: BidTokens) => string[] {
  const contentType = CONTENT_TYPE[shape.encoding];
  const fixed = ['accept', 'application/json', 'accept-encoding', 'identity', 'user-agent', 'ringpost'];
  if (contentType !== null && shape.fields !== null) fixed.push('content-type', contentType);
  const own: Array<readonly [string, FilledText]> = [];
  for (const [name, template] of Object.entries(shape.headers)) {
    const lower = name.toLowerCase();
    refuseHeader(name);
    const place = fixed.indexOf(lower);
    if (place !== -1) fixed.splice(place, 2);
    own.push([lower, compileText(template)]);
  }
  return (tokens) => {
    const headers = [...fixed];
    for (const [name, fill] of own) {
      const value = fill(tokens);
      if (value === undefined) continue;
      if (!HEADER_VALUE.test(value))
        throw new UnsendableRequestError(`the value of header ${name} holds a line break or worse`);
      headers.push(name, value);
    }
    return headers;
  };
}

function pairs(fields: Filled): URLSearchParams {
  const search = new URLSearchParams();
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return search;
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) search.append(name, String(item));
    }
  }
  return search;
}

/** A form and a query have names and values only; what is nested has no agreed form there. */
function refuseNested(fields: RequestShape['fields']): void {
  if (fields === null) return;
  if (typeof fields !== 'object' || Array.isArray(fields))
    throw new TemplateError('the fields of a form are names with values');
  for (const [name, value] of Object.entries(fields)) {
    const items = Array.isArray(value) ? value : [value];
    if (items.some((item) => typeof item === 'object' && item !== null)) {
      throw new TemplateError(`field "${name}" is nested, which a form or a query cannot carry`);
    }
  }
}

function withPairs(path: string, query: string, extra: URLSearchParams): string {
  const text = extra.toString();
  if (text === '') return path + query;
  return `${path}${query === '' ? '?' : `${query}&`}${text}`;
}

/** Throws TemplateError, whose message tells the operator what to change. */
export function compileRequest(shape: RequestShape): CompiledRequest {
  const url = compileUrl(shape.url);
  const headers = compileHeaders(shape);
  if (shape.method === 'GET' && shape.encoding !== 'query' && shape.fields !== null) {
    throw new TemplateError(`a GET carries its fields in the query, not as ${shape.encoding}`);
  }
  if (shape.encoding !== 'json') refuseNested(shape.fields);
  const { signature } = shape;
  if (signature !== undefined)
    for (const name of [signature.nonceHeader, signature.signatureHeader]) refuseHeader(name);
  const fields: FilledTree = compileTree(shape.fields);
  const hasFields = shape.fields !== null;
  const unsigned = (tokens: BidTokens): HttpRequest => {
    const path = url.path(tokens) ?? '';
    const query = url.query(tokens) ?? '';
    const request = { origin: url.origin, method: shape.method, headers: headers(tokens) };
    if (!hasFields) return { ...request, path: path + query, body: null };
    if (shape.encoding === 'json') return { ...request, path: path + query, body: JSON.stringify(fields(tokens)) };
    const encoded = pairs(fields(tokens));
    if (shape.encoding === 'query') return { ...request, path: withPairs(path, query, encoded), body: null };
    return { ...request, path: path + query, body: encoded.toString() };
  };
  return {
    origin: url.origin,
    build(tokens) {
      const request = unsigned(tokens);
      if (signature !== undefined) request.headers.push(...signatureHeaders(signature, request.body ?? ''));
      return request;
    },
  };
}
