/** Makes a bidder of the domain out of its entry: finds its dialect, has its URLs and settings put in, checks what it may call. */
import type { Bidder, Dialect, RequestShape } from '../../domain/bidding/bidder.js';
import type { BidderEntry } from './bidder-schema.js';
import { type Fault, faultAt } from './fault.js';
import { nullableMicrosOf } from './micros.js';

/** What a bidder's entry puts into a dialect: its URLs and its settings. */
export interface DialectFilling {
  readonly url: string;
  readonly postUrl?: string;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** The dialects that a file may name, and how their holes are filled; throws an Error with a sentence when one stays open. */
export interface DialectSource {
  readonly dialects: ReadonlyMap<string, Dialect>;
  readonly fillDialect: (dialect: Dialect, filling: DialectFilling) => Dialect;
}

/** Scheme and host are the operator's own: no token of a call, no user name, no blank. */
const WEB_ADDRESS = /^https?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?(?:[/?][^\s\\]*)?$/;
export const EXPECTED_URL = 'an http or https URL whose host holds no user name and no {{token}}';

export function isBidderUrl(text: string): boolean {
  return WEB_ADDRESS.test(text) && URL.canParse(text.replaceAll(/[{}]/g, ''));
}

function withHeaders(request: RequestShape, headers: BidderEntry['headers']): RequestShape {
  return headers === undefined ? request : { ...request, headers: { ...request.headers, ...headers } };
}

/** Those of the entry go before those of the dialect, so that a network's own tags need no dialect of their own. */
function withFields(request: RequestShape, entry: BidderEntry, path: string, faults: Fault[]): RequestShape {
  const { fields } = request;
  if (entry.fields === undefined) return request;
  if (typeof fields === 'object' && !Array.isArray(fields))
    return { ...request, fields: { ...fields, ...entry.fields } };
  faults.push(
    faultAt(`${path}.fields`, entry.fields, 'nothing, since the fields of the dialect are no names with values'),
  );
  return request;
}

/** The dialect as the file has it, with the entry's headers in it; null, with a fault, for a name that nobody knows. */
function dialectOf(entry: BidderEntry, path: string, source: DialectSource, faults: Fault[]): Dialect | null {
  const named = typeof entry.dialect === 'string' ? source.dialects.get(entry.dialect) : (entry.dialect as Dialect);
  if (named === undefined) {
    const known = [...source.dialects.keys()].map((name) => `"${name}"`).join(', ');
    faults.push(faultAt(`${path}.dialect`, entry.dialect, `a whole dialect or the name of a built-in one: ${known}`));
    return null;
  }
  if ((named.post === null) !== (named.postResponse === null)) {
    const expected = 'post and postResponse together, or null for both';
    faults.push(faultAt(`${path}.dialect.postResponse`, named.postResponse, expected));
  }
  const post = named.post === null ? null : withHeaders(named.post, entry.headers);
  return { ...named, ping: withFields(withHeaders(named.ping, entry.headers), entry, path, faults), post };
}

function checkUrl(filled: string, open: string, paths: { field: string; shape: string }, faults: Fault[]): void {
  if (isBidderUrl(filled)) return;
  const isOwn = open === '' || open.startsWith('/');
  if (isOwn) faults.push(faultAt(paths.field, filled === open ? undefined : filled, EXPECTED_URL));
  else faults.push(faultAt(paths.shape, filled, EXPECTED_URL));
}

function checkUrls(entry: BidderEntry, open: Dialect, filled: Dialect, path: string, faults: Fault[]): void {
  checkUrl(filled.ping.url, open.ping.url, { field: `${path}.url`, shape: `${path}.dialect.ping.url` }, faults);
  if (filled.post !== null && open.post !== null) {
    const isUrlFaulty = !isBidderUrl(filled.ping.url) && entry.postUrl === undefined;
    const field = entry.postUrl === undefined ? `${path}.url` : `${path}.postUrl`;
    // One missing URL is one fault, although both requests lack it.
    if (!isUrlFaulty) checkUrl(filled.post.url, open.post.url, { field, shape: `${path}.dialect.post.url` }, faults);
  } else if (entry.postUrl !== undefined) {
    faults.push(faultAt(`${path}.postUrl`, entry.postUrl, 'nothing, since the dialect has no post step'));
  }
}

function fill(entry: BidderEntry, open: Dialect, path: string, source: DialectSource, faults: Fault[]): Dialect {
  try {
    const filled = source.fillDialect(open, {
      url: entry.url ?? '',
      ...(entry.postUrl === undefined ? {} : { postUrl: entry.postUrl }),
      ...(entry.settings === undefined ? {} : { settings: entry.settings }),
    });
    checkUrls(entry, open, filled, path, faults);
    return filled;
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    faults.push({ path: `${path}.settings`, found: 'a fault', expected: `what the dialect needs (${sentence})` });
    return open;
  }
}

/** Null, with its faults added, when there is no dialect to build it with. */
export function buildBidder(entry: BidderEntry, path: string, source: DialectSource, faults: Fault[]): Bidder | null {
  const open = dialectOf(entry, path, source, faults);
  if (open === null) return null;
  return {
    id: entry.id,
    name: entry.name ?? entry.id,
    isActive: entry.isActive ?? true,
    dialect: fill(entry, open, path, source, faults),
    pingTimeoutMs: entry.pingTimeoutMs ?? 2_000,
    postTimeoutMs: entry.postTimeoutMs ?? 2_000,
    maximumBidMicros: nullableMicrosOf(entry.maximumBid),
    maxPingsPerMinute: entry.maxPingsPerMinute ?? null,
    bidLifetimeMs: entry.bidLifetimeMs ?? 60_000,
    allowsShadowPings: entry.allowsShadowPings ?? false,
    reuseAnswers: entry.reuseAnswers ?? false,
  };
}
