/** As generic-json, for bidders who take an HTML form. */
import type { Dialect } from '../../../domain/bidding/bidder.js';
import { GENERIC_JSON } from './generic-json.js';

export const GENERIC_FORM: Dialect = { ...GENERIC_JSON, ping: { ...GENERIC_JSON.ping, encoding: 'form' } };
