/**
 * Who may call which route. Every route declares the scope that it needs, `public` included; one that does not stops the
 * server from starting. The key comes as `Authorization: Bearer rp_...` or as `X-API-Key`.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { authenticateApiKey } from '../../application/operation/authenticate-api-key.js';
import type { ApiKey, Scope } from '../../domain/campaigns/api-key.js';
import type { HttpDependencies } from './http-dependencies.js';
import { Problem } from './problem.js';

export type RouteScope = Scope | 'public';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must be allowed to do to call this route. */
    scope?: RouteScope;
  }
  interface FastifyRequest {
    /** The key of the request; null on a public route. */
    apiKey: ApiKey | null;
  }
}

/** A route of the table, for tests and for the `Allow` header. */
export interface KnownRoute {
  readonly method: string;
  readonly url: string;
  readonly scope: RouteScope;
}

/** Pages of the API's description, whose routes are a plugin's and declare nothing. */
const DOCUMENTATION = '/api/docs';

function scopeOf(route: RouteOptions): RouteScope {
  const declared = route.config?.scope;
  if (declared !== undefined) return declared;
  if (route.url === DOCUMENTATION || route.url.startsWith(`${DOCUMENTATION}/`)) return 'public';
  throw new Error(`the route ${String(route.method)} ${route.url} declares no scope: who may call it?`);
}

/** The key as it was sent, or null. Two keys that differ are refused, since nobody can say which one was meant. */
function sentKey(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  const bearer = authorization === undefined ? null : (/^Bearer +(\S{1,200})$/i.exec(authorization)?.[1] ?? '');
  const header = request.headers['x-api-key'];
  const named = header === undefined ? null : String(header);
  if (bearer !== null && named !== null && bearer !== named) return '';
  return bearer ?? named;
}

function refuse(detail: string): Problem {
  return new Problem('unauthorised', detail, { headers: { 'www-authenticate': 'Bearer realm="ringpost"' } });
}

/** Throws when somebody without a valid key asks too often. */
export type StrangerLimit = (request: FastifyRequest) => Promise<void>;

/** Answers the list of routes, which is complete when the server is ready. Must be called before any route is declared. */
export function authorise(
  app: FastifyInstance,
  deps: HttpDependencies,
  limitStrangers: StrangerLimit,
): readonly KnownRoute[] {
  const routes: KnownRoute[] = [];
  app.decorateRequest('apiKey', null);
  app.addHook('onRoute', (route) => {
    const scope = scopeOf(route);
    route.config = { ...route.config, scope };
    for (const method of [route.method].flat()) routes.push({ method, url: route.url, scope });
  });
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config;
    // A path without a route is answered 404 and tells nothing that the public description does not.
    if (request.is404 || scope === 'public') return;
    try {
      await requireScope(deps, request, scope);
    } catch (error) {
      if (error instanceof Problem && error.kind === 'unauthorised') await limitStrangers(request);
      throw error;
    }
  });
  return routes;
}

/** Throws a Problem unless the request carries a key with the scope; an undefined scope is nobody's. */
export async function requireScope(
  deps: HttpDependencies,
  request: FastifyRequest,
  scope: Scope | undefined,
): Promise<void> {
  const text = sentKey(request);
  if (text === null) throw refuse('send an API key as "Authorization: Bearer rp_..." or as X-API-Key');
  const key = await authenticateApiKey(deps, text);
  if (key === null) throw refuse('the API key is not known, or was revoked');
  if (scope === undefined || !key.scopes.includes(scope)) {
    throw new Problem('scope-missing', `the key ${key.prefix} lacks the scope ${scope ?? 'of this route'}`);
  }
  request.apiKey = key;
}
