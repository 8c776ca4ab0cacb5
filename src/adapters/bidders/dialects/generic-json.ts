/** One phase: the answer to the ping brings price and destination. The dialect to give to a bidder who has none. */
import type { Dialect } from '../../../domain/bidding/bidder.js';

export const GENERIC_JSON: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: {
      call_id: '{{call_id}}',
      caller_number: '{{caller_number}}',
      caller_area: '{{caller_area}}',
      called_number: '{{called_number}}',
      campaign: '{{campaign}}',
      source: '{{source}}',
    },
  },
  pingResponse: {
    accept: [{ path: 'accepted', operator: 'not-equals', value: false }],
    pricePath: 'bid',
    destinationPath: 'destination',
    destinationCountry: null,
    referencePath: 'bid_ref',
    billAfterSecondsPath: 'bill_after_seconds',
    expiresInSecondsPath: 'expires_in_seconds|expires_at',
    reasonPath: 'reason',
    refusalStatuses: [],
  },
  post: null,
  postResponse: null,
};
