/**
 * Makes a bidder's own dialect out of a built-in one: its URLs and its settings (keys, ids) are put in when the
 * configuration is read, so that what is compiled and kept holds no hole that a call could fill.
 */
import type { Dialect, RequestShape, RequestSignature, RequestTemplate } from '../../domain/bidding/bidder.js';
import { TemplateError } from './template-tree.js';

export interface DialectFilling {
  /** The bidder's own URL: replaces an empty URL, and is the base of one that begins with a slash. */
  readonly url: string;
  /** Where posts go when the dialect leaves it open; the URL of the pings when absent. */
  readonly postUrl?: string;
  /** Values of `{{setting.NAME}}`. A leaf that is nothing else keeps the type, so that an id may stay a number. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

const SETTING = /\{\{\s*setting\.([A-Za-z0-9_.-]{1,64})\s*\}\}/g;
const ONLY_SETTING = /^\{\{\s*setting\.([A-Za-z0-9_.-]{1,64})\s*\}\}$/;

type Settings = NonNullable<DialectFilling['settings']>;

function settingOf(settings: Settings, name: string): string | number | boolean {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (value === undefined) throw new TemplateError(`the dialect needs the setting "${name}"`);
  // A value with tokens of its own would be filled in from a call.
  if (typeof value === 'string' && value.includes('{{'))
    throw new TemplateError(`the setting "${name}" may hold no token`);
  return value;
}

function fillText(text: string, settings: Settings): string {
  return text.replace(SETTING, (_whole, name: string) => String(settingOf(settings, name)));
}

function fillTree(template: RequestTemplate, settings: Settings): RequestTemplate {
  if (typeof template === 'string') {
    const only = ONLY_SETTING.exec(template)?.[1];
    return only === undefined ? fillText(template, settings) : settingOf(settings, only);
  }
  if (typeof template !== 'object' || template === null) return template;
  if (isList(template)) return template.map((item) => fillTree(item, settings));
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fillTree(value, settings)]));
}

function isList(template: RequestTemplate): template is readonly RequestTemplate[] {
  return Array.isArray(template);
}

/** A base keeps its query: `https://bids.example.com/rtb?key=1` and `/post` give `https://bids.example.com/rtb/post?key=1`. */
function joinUrl(base: string, url: string): string {
  if (url === '') return base;
  if (!url.startsWith('/')) return url;
  const [, path = '', query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(base) ?? [];
  return `${path.replace(/\/+$/, '')}${url}${query}`;
}

function fillSignature(signature: RequestSignature, settings: Settings): RequestSignature {
  const { key, secret } = signature;
  return { ...signature, key: fillText(key, settings), secret: fillText(secret, settings) };
}

function fillRequest(request: RequestShape, base: string, settings: Settings): RequestShape {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, fillText(value, settings)]);
  const { signature } = request;
  return {
    ...request,
    ...(signature === undefined ? {} : { signature: fillSignature(signature, settings) }),
    url: fillText(joinUrl(base, request.url), settings),
    headers: Object.fromEntries(headers),
    fields: fillTree(request.fields, settings),
  };
}

/** Throws TemplateError, with a sentence, for a setting that is missing or holds a token. */
export function fillDialect(dialect: Dialect, filling: DialectFilling): Dialect {
  const settings = filling.settings ?? {};
  const { ping, post } = dialect;
  return {
    ...dialect,
    ping: fillRequest(ping, filling.url, settings),
    post: post === null ? null : fillRequest(post, filling.postUrl ?? filling.url, settings),
  };
}
