/**
 * Request templates: a JSON-like tree whose leaf strings may name tokens. A template is compiled once per dialect and
 * filled for each ping. Values are put into the finished tree and encoded with it, so that caller data such as
 * `+1","admin":true` stays inside its own string whatever the encoding.
 */
import type { BidTokens } from '../../application/ports/bidders.js';
import type { RequestTemplate } from '../../domain/bidding/bidder.js';

/** Absent is a token that the call does not have; a field that consists of nothing else is left out of the request. */
export type Filled =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Filled[]
  | { readonly [key: string]: Filled };

export type FilledText = (tokens: BidTokens) => string | undefined;
export type FilledTree = (tokens: BidTokens) => Filled;

const TOKEN = /\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\}\}/g;

/** A template that cannot be compiled; its message is a sentence for the operator who wrote it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Static text and token names in turn: odd places hold names. */
export function splitTokens(text: string): readonly string[] {
  const parts = text.split(TOKEN);
  if (parts.some((part, place) => place % 2 === 0 && (part.includes('{{') || part.includes('}}')))) {
    throw new TemplateError(`"${text}" holds braces that are not a token such as {{caller_number}}`);
  }
  return parts;
}

/** A leaf that is to be a JSON number, such as a category that the caller has chosen by a key. */
const NUMBER_LEAF = /^\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\|\s*number\s*\}\}$/;
/** As JSON writes it; anything else, 01234 and 1.50 too, stays the text that it is. */
const JSON_NUMBER = /^-?\d{1,15}(?:\.\d{1,6})?$/;

function ownToken(tokens: BidTokens, name: string): string | undefined {
  return Object.hasOwn(tokens, name) ? tokens[name] : undefined;
}

/** Compiles one string. `encode` is applied to values only, never to the operator's own text. */
export function compileText(text: string, encode: (value: string) => string = (value) => value): FilledText {
  const parts = splitTokens(text);
  const [only = '', name = '', after = ''] = parts;
  if (parts.length === 1) return () => only;
  if (parts.length === 3 && only === '' && after === '') {
    return (tokens) => {
      const value = ownToken(tokens, name);
      return value === undefined ? undefined : encode(value);
    };
  }
  return (tokens) => {
    let filled = '';
    for (const [place, part] of parts.entries()) {
      filled += place % 2 === 0 ? part : encode(ownToken(tokens, part) ?? '');
    }
    return filled;
  };
}

function compileLeaf(template: string): FilledTree {
  const name = NUMBER_LEAF.exec(template)?.[1];
  if (name === undefined) return compileText(template);
  return (tokens) => {
    const value = ownToken(tokens, name);
    return value !== undefined && JSON_NUMBER.test(value) && String(Number(value)) === value ? Number(value) : value;
  };
}

/** Keys are the operator's and are taken literally. Throws TemplateError for a template nested beyond 16 levels. */
export function compileTree(template: RequestTemplate, depth = 0): FilledTree {
  if (depth > 16) throw new TemplateError('the fields of a request may be nested 16 levels deep and no deeper');
  if (typeof template === 'string') return compileLeaf(template);
  if (typeof template !== 'object' || template === null) return () => template;
  if (isList(template)) {
    const items = template.map((item) => compileTree(item, depth + 1));
    return (tokens) => items.map((fill) => fill(tokens)).filter((item) => item !== undefined);
  }
  const entries = Object.entries(template).map(([key, value]) => [key, compileTree(value, depth + 1)] as const);
  // Entries become own properties even when a key is `__proto__`.
  return (tokens) => Object.fromEntries(entries.map(([key, fill]) => [key, fill(tokens)]));
}

function isList(template: RequestTemplate): template is readonly RequestTemplate[] {
  return Array.isArray(template);
}
