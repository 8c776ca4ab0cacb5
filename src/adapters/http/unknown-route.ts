/** Answers what no route answers: 404 for a path that does not exist, 405 with `Allow` for a method that a path does not have. */
import type { FastifyInstance } from 'fastify';
import type { KnownRoute } from './authorise.js';
import { Problem } from './problem.js';

function patternOf(url: string): RegExp {
  const steps = url.split('/').map((step) => {
    if (step.startsWith(':')) return '[^/]+';
    return step === '*' ? '.*' : step.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${steps.join('/')}/?$`);
}

export function refuseUnknownRoutes(app: FastifyInstance, routes: readonly KnownRoute[]): void {
  app.setNotFoundHandler(async (request) => {
    const [path = '/'] = request.url.split('?');
    const methods = new Set(routes.filter(({ url }) => patternOf(url).test(path)).map(({ method }) => method));
    if (methods.size === 0) throw new Problem('not-found', 'there is no such path; /api/docs lists those that are');
    const allow = [...methods].sort().join(', ');
    throw new Problem('method-not-allowed', `${request.method} is not there on this path, but ${allow}`, {
      headers: { allow },
    });
  });
}
