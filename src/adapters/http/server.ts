/**
 * The HTTP server of the API: plugins and routes in the order in which they are listed here. Made by the composition root,
 * which lets it listen and closes it; it never opens a port by itself.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RawServerDefault } from 'fastify';
import { authorise, type KnownRoute, type StrangerLimit } from './authorise.js';
import { requestChecker } from './check-request.js';
import { describeApi } from './describe-api.js';
import type { HttpDependencies } from './http-dependencies.js';
import { answerError, Problem } from './problem.js';
import { agentRoutes } from './routes/agents.js';
import { backtestRoutes } from './routes/backtest.js';
import { bidderFigureRoutes } from './routes/bidder-figures.js';
import { callerListRoutes } from './routes/caller-lists.js';
import { callRoutes } from './routes/calls.js';
import { capRoutes } from './routes/caps.js';
import { configurationRoutes } from './routes/configuration.js';
import { faxFileRoutes, faxRoutes } from './routes/faxes.js';
import { feedRoutes } from './routes/feed.js';
import { healthRoutes } from './routes/health.js';
import { keyRoutes } from './routes/keys.js';
import { liveRoutes } from './routes/live.js';
import { metricsRoutes } from './routes/metrics.js';
import { monitorRoutes } from './routes/monitors.js';
import { networkPingRoutes } from './routes/network-pings.js';
import { pauseRoutes } from './routes/pauses.js';
import { pingRoutes } from './routes/pings.js';
import { planRoutes } from './routes/plans.js';
import { promptRoutes } from './routes/prompts.js';
import { publisherKeyRoutes } from './routes/publisher-keys.js';
import { recordingControlRoutes } from './routes/recording-control.js';
import { recordingFileRoutes, recordingRoutes } from './routes/recordings.js';
import { shadowRoutes } from './routes/shadows.js';
import { simulationRoutes } from './routes/simulation.js';
import { trunkRoutes } from './routes/trunks.js';
import { refuseUnknownRoutes } from './unknown-route.js';

export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
> & {
  /** Every route with its scope; complete when the server is ready. */
  readonly routeTable: readonly KnownRoute[];
};

const PREFIX = '/api/v1';
const MAX_BODY_BYTES = 1_000_000;
const MAX_UPLOAD_BYTES = 20_000_000;
const REQUEST_TIMEOUT_MS = 60_000;

function newFastify(deps: HttpDependencies) {
  return Fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    // A path may hold a signed link; what is logged is the route and never the URL.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>();
}

type Bare = ReturnType<typeof newFastify>;

/** No page of ours may be framed, sniffed or kept; the page that describes the API brings its own policy. */
function addSecurityHeaders(app: Bare): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });
}

function logRequests(app: Bare): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, apiKey, routeOptions } = request;
    const line = {
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      key: apiKey?.prefix,
      ms: reply.elapsedTime,
    };
    request.log.debug(line, 'request');
  });
}

/** A connection that asked for an upgrade and was refused belongs to no HTTP parser any more: nobody else would close it. */
function closeRefusedUpgrades(app: Bare): void {
  app.addHook('onSend', async (request, reply) => {
    if (request.headers.upgrade !== undefined) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon();
  });
}

/** Answers the limit for those who have no valid key, and who never come as far as the limit of a route. */
function limitRates(app: Bare, deps: HttpDependencies): StrangerLimit {
  const refusal = (after: string): Problem =>
    new Problem('too-many-requests', `${deps.requestsPerMinute} requests a minute are the most; go on in ${after}`);
  void app.register(rateLimit, {
    max: deps.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => request.apiKey?.id ?? request.ip,
    errorResponseBuilder: (_request, { after }) => refusal(after),
  });
  let strangers: ReturnType<Bare['createRateLimit']> | null = null;
  app.after(() => {
    const options = { max: deps.requestsPerMinute, timeWindow: 60_000, keyGenerator: ({ ip }: { ip: string }) => ip };
    strangers = app.createRateLimit(options);
  });
  return async (request) => {
    const state = await strangers?.(request);
    if (state?.isAllowed === false && state.isExceeded) throw refusal(`${state.ttlInSeconds} seconds`);
  };
}

export function createHttpServer(deps: HttpDependencies): HttpServer {
  const app = newFastify(deps);
  app.setErrorHandler(answerError);
  app.setValidatorCompiler(requestChecker);
  // Responses are written as the handlers made them; their schemas describe them, and the tests hold them to it.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  addSecurityHeaders(app);
  logRequests(app);
  closeRefusedUpgrades(app);
  const limitStrangers = limitRates(app, deps);
  const routeTable = authorise(app, deps, limitStrangers);
  refuseUnknownRoutes(app, routeTable);
  // The client's whole name, so that a path in it can be refused and not only cut off.
  void app.register(multipart, {
    preservePath: true,
    limits: { fileSize: MAX_UPLOAD_BYTES, files: 1, fields: 10, parts: 11 },
  });
  void app.register(websocket, { options: { maxPayload: 65_536 } });
  describeApi(app);
  for (const routes of [healthRoutes, metricsRoutes, recordingFileRoutes, faxFileRoutes])
    void app.register(routes(deps));
  for (const routes of [pingRoutes, networkPingRoutes])
    void app.register(routes(deps, limitStrangers), { prefix: '/rtb' });
  for (const routes of [
    configurationRoutes,
    promptRoutes,
    keyRoutes,
    publisherKeyRoutes,
    callRoutes,
    capRoutes,
    callerListRoutes,
    pauseRoutes,
    liveRoutes,
    bidderFigureRoutes,
    recordingControlRoutes,
    monitorRoutes,
    agentRoutes,
    trunkRoutes,
    recordingRoutes,
    faxRoutes,
    feedRoutes,
    planRoutes,
    simulationRoutes,
    shadowRoutes,
    backtestRoutes,
  ]) {
    void app.register(routes(deps), { prefix: PREFIX });
  }
  return Object.assign(app, { routeTable });
}
