/**
 * The live feed: call events in order over a WebSocket. Messages are JSON texts: `hello` first, then `step` and `closed`
 * with a sequence number each, or `resume-impossible` and the end. What a follower sends is not read.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { WebSocket } from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { CLOSE_CODES, FeedFollower } from '../feed-follower.js';
import { FeedTexts } from '../feed-text.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { viewOf } from './calls.js';

const FOLLOWERS_MAX = 200;
/** RFC 6455 section 7.4.1 as IANA has it: try again later. */
const TRY_AGAIN_LATER = 1013;

const QUERY = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'the last sequence number you have' }),
    ),
    epoch: Type.Optional(Type.String({ maxLength: 64, description: 'the epoch of the hello under which you got it' })),
    campaign: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'events of one campaign alone' })),
    call: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'events of one call alone' })),
  },
  { additionalProperties: false },
);

const DESCRIPTION =
  'Opens a WebSocket. `after` resumes behind a sequence number; give the `epoch` of the hello with it, since the sequence ' +
  'begins anew with each start of the node. Close codes: 1001 the node is stopping, 4001 the key was revoked, 4008 too ' +
  'slow, 4010 resume impossible (read what you missed from the calls, then open the feed without `after`).';

class Followers {
  readonly #deps: HttpDependencies;
  readonly #texts = new FeedTexts();
  readonly #followers = new Set<FeedFollower>();

  constructor(deps: HttpDependencies) {
    this.#deps = deps;
  }

  wakeAll(): void {
    const { isClosed } = this.#deps.feed;
    for (const follower of this.#followers) {
      if (isClosed) follower.finish();
      else follower.wake();
    }
  }

  take(socket: WebSocket, request: FastifyRequest, query: Static<typeof QUERY>): void {
    const { feed, clock, metrics } = this.#deps;
    if (this.#followers.size >= FOLLOWERS_MAX) {
      socket.close(TRY_AGAIN_LATER, `${FOLLOWERS_MAX} follow already`);
      return;
    }
    const { after = null, epoch = null, campaign = null, call = null } = query;
    const opening = feed.open({ after, epoch, campaignId: campaign, callId: call });
    const place = { epoch: feed.epoch, oldest: feed.oldest, newest: feed.newest };
    if (opening.kind === 'resume-impossible') {
      socket.send(JSON.stringify({ type: opening.kind, ...place, detail: opening.sentence }));
      socket.close(CLOSE_CODES.resumeImpossible, `resume impossible, oldest is ${feed.oldest}`);
      return;
    }
    const { cursor } = opening;
    socket.send(JSON.stringify({ type: 'hello', ...place, next: cursor.next }));
    const gone = metrics.feedOpened();
    const follower = new FeedFollower({
      ...{ socket, cursor, clock, texts: this.#texts, view: viewOf(request) },
      isKeyValid: () => this.#isKeyValid(request),
      onTooSlow: () => {
        metrics.feedTooSlow();
        request.log.warn({ keyPrefix: request.apiKey?.prefix }, 'a follower of the live feed was too slow');
      },
    });
    this.#followers.add(follower);
    socket.on('close', () => {
      this.#followers.delete(follower);
      gone();
    });
  }

  async #isKeyValid({ apiKey }: FastifyRequest): Promise<boolean> {
    const key = apiKey === null ? null : await this.#deps.keys.findByPrefix(apiKey.prefix);
    return key !== null && key.revokedAt === null;
  }
}

export const feedRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const followers = new Followers(deps);
    const forget = deps.feed.onChange(() => followers.wakeAll());
    app.addHook('onClose', async () => forget());

    app.route({
      method: 'GET',
      url: '/feed',
      config: { scope: 'calls:read' },
      schema: {
        operationId: 'followCalls',
        summary: 'The live feed of call events (WebSocket)',
        description: DESCRIPTION,
        tags: ['calls'],
        querystring: QUERY,
        response: { 101: Type.Object({}, { description: 'The WebSocket is open.' }) },
      },
      handler: async () => {
        throw new Problem('upgrade-required', 'open this path as a WebSocket', {
          headers: { upgrade: 'websocket', connection: 'Upgrade' },
        });
      },
      wsHandler: (socket, request) => followers.take(socket, request, request.query as Static<typeof QUERY>),
    });
  };
