/**
 * The OpenAPI 3.1 description of the API, made from the schemas of the routes, and the page to try it. Both are public:
 * they hold nothing of the operator's. The page loads nothing from elsewhere.
 */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { PROBLEM } from './problem.js';

const TAGS = [
  { name: 'configuration', description: 'Rows of the configuration, in the form of the configuration file.' },
  { name: 'caller lists', description: 'Callers who are kept out, or let in.' },
  { name: 'prompts', description: 'What callers and buyers hear.' },
  { name: 'calls', description: 'Calls that were, and calls that are up.' },
  { name: 'recordings', description: 'Recordings through signed links.' },
  { name: 'keys', description: 'Keys of this API.' },
  { name: 'operation', description: 'Health, metrics and this description.' },
];

const DESCRIPTION =
  'Configuration and calls of a Ringpost node. A change takes effect with the next call. Refusals are ' +
  '`application/problem+json` (RFC 9457) and name every wrong field. Edits carry `If-Match` with the ETag that was read; ' +
  'a POST may carry an `Idempotency-Key`.';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
});

const isPublic = (scope: string | undefined): boolean => scope === undefined || scope === 'public';

function commonResponses(scope: string | undefined): Record<string, object> {
  const common = { 429: problem('Too many requests.'), default: problem('A problem.') };
  if (isPublic(scope)) return common;
  return { 401: problem('No valid API key.'), 403: problem(`The key lacks the scope ${scope}.`), ...common };
}

/** Must be called before the routes that it describes are declared. */
export function describeApi(app: FastifyInstance): void {
  app.addSchema({ $id: 'Problem', ...PROBLEM });
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Ringpost', version: '1', description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      tags: TAGS,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key, `rp_...`.' },
          header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `schema-${index}`) },
    transform: ({ schema, url, route }) => {
      const { scope } = route.config ?? {};
      const described = schema as Record<string, unknown>;
      return {
        url,
        schema: {
          ...described,
          ...(isPublic(scope) ? { security: [] } : { security: [{ bearer: [] }, { header: [] }] }),
          response: { ...commonResponses(scope), ...(described?.response as object | undefined) },
        },
      };
    },
  });
  void app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: true, uiConfig: { docExpansion: 'list' } });
  void app.register((scope, _options, done) => {
    const schema = { hide: true };
    scope.get('/api/v1/openapi.json', { config: { scope: 'public' }, schema }, async () => scope.swagger());
    done();
  });
}
