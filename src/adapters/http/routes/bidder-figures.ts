/** How each bidder has answered lately: whether in time, with what, and how fast. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { HttpDependencies } from '../http-dependencies.js';

const COUNT = (description: string) => Type.Integer({ minimum: 0, description });
const MS = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

const FIGURE = Type.Object({
  bidderId: Type.String(),
  asked: COUNT('Pings that the bidder had his time for.'),
  bids: COUNT('Of these: bids.'),
  refused: COUNT('Of these: refusals in good order.'),
  timeouts: COUNT('Of these: no answer in time.'),
  faults: COUNT('Of these: broken connections, HTTP statuses and answers that are none.'),
  givenUp: COUNT('Pings cut off because the auction was decided without them.'),
  unasked: COUNT('Not sent: too many faults in a row, or the limit of pings a minute.'),
  inTimeShare: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], {
    description: 'Bids and refusals among those asked; null when nobody was asked.',
  }),
  meanMs: MS('Mean time of bids and refusals; null without any.'),
  slowestMs: MS('The slowest bid or refusal; null without any.'),
});

export const bidderFigureRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/bidder-figures',
      {
        config: { scope: 'configuration:read' },
        schema: {
          operationId: 'listBidderFigures',
          summary: 'How often each bidder answered in time, on this node, in the last hours',
          tags: ['operation'],
          querystring: Type.Object({
            hours: Type.Optional(
              Type.Integer({ minimum: 1, maximum: 24, default: 1, description: 'The running hour counts as one.' }),
            ),
          }),
          response: { 200: Type.Object({ items: Type.Array(FIGURE) }) },
        },
      },
      async ({ query: { hours = 1 } }) => ({
        items: deps.bidderFigures.figures(hours).map((figure) => ({
          ...figure,
          inTimeShare: figure.asked === 0 ? null : (figure.bids + figure.refused) / figure.asked,
        })),
      }),
    );
  };
