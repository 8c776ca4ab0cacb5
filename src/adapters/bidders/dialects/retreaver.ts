/**
 * Retreaver's real-time bidding, as its API documents it: one phase, a number is reserved for the caller until `expires_at`. The bidder's
 * URL is https://rtb.retreaver.com/rtbs.json. Settings: `key` (postback key) and `publisher_id`. Any other field is a tag. A ping that is
 * repeated in that time gets the same reservation with `retreaver_ping_shield`, and no target is a `status` like any other refusal;
 * a request that it does not take is HTTP 422, which its clients treat as an answer.
 */
import type { Dialect } from '../../../domain/bidding/bidder.js';

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
      caller_zip: '{{zip_code}}',
    },
  },
  pingResponse: {
    accept: [{ path: 'status', operator: 'equals', value: 'reserved' }],
    pricePath: 'retreaver_payout',
    destinationPath: 'inbound_number|sip_address',
    destinationCountry: 'US',
    referencePath: 'uuid',
    billAfterSecondsPath: 'retreaver_seconds',
    expiresInSecondsPath: 'expires_at',
    reasonPath: 'status&error|message',
    refusalStatuses: [422],
  },
  post: null,
  postResponse: null,
};
