/**
 * Retreaver's real-time bidding, as its API documents it: one phase, a number is reserved for the caller. The bidder's
 * URL is https://rtb.retreaver.com/rtbs.json. Settings: `key` (postback key) and `publisher_id`.
 */
import type { Dialect } from '../../../domain/bidder.js';

export const RETREAVER: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'query',
    fields: {
      key: '{{setting.key}}',
      publisher_id: '{{setting.publisher_id}}',
      caller_number: '{{caller_number}}',
    },
  },
  pingResponse: {
    accept: [{ path: 'status', operator: 'equals', value: 'reserved' }],
    pricePath: 'retreaver_payout',
    destinationPath: 'inbound_number',
    destinationCountry: 'US',
    referencePath: 'uuid',
    billAfterSecondsPath: 'retreaver_seconds',
    expiresInSecondsPath: 'expires_at',
    reasonPath: 'error|message',
    refusalStatuses: [],
  },
  post: null,
  postResponse: null,
};
