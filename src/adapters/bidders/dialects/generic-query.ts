/** As generic-json, for bidders who take a GET with everything in the query. */
import type { Dialect } from '../../../domain/bidding/bidder.js';
import { GENERIC_JSON } from './generic-json.js';

export const GENERIC_QUERY: Dialect = {
  ...GENERIC_JSON,
  ping: { ...GENERIC_JSON.ping, method: 'GET', encoding: 'query' },
};
