/**
 * Headers in a request URI (RFC 3261 section 19.1.1), which sofia-sip turns into headers of the request. Of those only Route is done here:
 * it is how an application names the route set of a dialog that drachtio does not know. Other headers are left out.
 */
import { parseNameAddr } from '../sip/name-addr.js';
import { parseSipUri } from '../sip/sip-uri.js';

export function withoutRoutes(uri: string): { readonly uri: string; readonly routes: readonly string[] } {
  const at = uri.indexOf('?');
  if (at === -1) return { uri, routes: [] };
  const routes = uri
    .slice(at + 1)
    .split('&')
    .filter((header) => /^route=/i.test(header))
    .map((header) => decoded(header.slice('route='.length)))
    .filter((route) => parseNameAddr(route) !== undefined);
  return { uri: uri.slice(0, at), routes };
}

/** Where a request with these routes goes; undefined: to its request URI (sofia-sip follows loose routers alone). */
export function looseRouterOf(routes: readonly string[]): string | undefined {
  const uri = parseNameAddr(routes[0] ?? '')?.uri;
  return uri !== undefined && parseSipUri(uri)?.params.has('lr') === true ? uri : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).replace(/[\r\n\0]/g, '');
  } catch {
    return '';
  }
}
