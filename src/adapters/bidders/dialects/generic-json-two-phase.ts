/**
 * Two phases: the ping names nobody (area code only) and is answered with a price; the post tells the winner alone who
 * calls, and brings the destination. Both may go to one URL: the field `step` tells them apart.
 */
import type { Dialect } from '../../../domain/bidding/bidder.js';
import { GENERIC_JSON } from './generic-json.js';

export const GENERIC_JSON_TWO_PHASE: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: {
      step: 'ping',
      call_id: '{{call_id}}',
      caller_area: '{{caller_area}}',
      campaign: '{{campaign}}',
      source: '{{source}}',
    },
  },
  pingResponse: { ...GENERIC_JSON.pingResponse, destinationPath: null },
  post: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: {
      step: 'post',
      bid_ref: '{{bid_ref}}',
      call_id: '{{call_id}}',
      caller_number: '{{caller_number}}',
      called_number: '{{called_number}}',
      campaign: '{{campaign}}',
      source: '{{source}}',
    },
  },
  postResponse: {
    accept: [{ path: 'accepted', operator: 'not-equals', value: false }],
    pricePath: 'bid',
    destinationPath: 'destination',
    destinationCountry: null,
    referencePath: null,
    billAfterSecondsPath: 'bill_after_seconds',
    expiresInSecondsPath: null,
    reasonPath: 'reason',
    refusalStatuses: [],
  },
};
