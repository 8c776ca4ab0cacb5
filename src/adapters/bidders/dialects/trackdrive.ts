/**
 * TrackDrive's ping and post, as its integration guide documents it: the ping lists buyers, the best first; the post
 * with that buyer's `ping_id` brings the number. The bidder's URL is .../api/v1/inbound_webhooks/ping/NAME and its post
 * URL .../api/v1/inbound_webhooks/post/NAME. Setting: `traffic_source_id`. Where the guide leaves the name of the
 * number's field open, the names that its answers use elsewhere are tried in turn.
 */
import type { Dialect } from '../../../domain/bidder.js';

export const TRACKDRIVE: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: { caller_id: '{{caller_number}}', traffic_source_id: '{{setting.traffic_source_id}}' },
  },
  pingResponse: {
    accept: [{ path: 'buyers.0.ping_id', operator: 'exists', value: true }],
    pricePath: 'buyers.0.bid',
    destinationPath: null,
    destinationCountry: 'US',
    referencePath: 'buyers.0.ping_id',
    billAfterSecondsPath: null,
    expiresInSecondsPath: null,
    reasonPath: 'message|error',
    refusalStatuses: [],
  },
  post: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: { ping_id: '{{bid_ref}}', caller_id: '{{caller_number}}' },
  },
  postResponse: {
    accept: [{ path: 'status', operator: 'equals', value: 'success' }],
    pricePath: null,
    destinationPath: 'number|phone_number|forwarding_number|tracking_number',
    destinationCountry: 'US',
    referencePath: null,
    billAfterSecondsPath: null,
    expiresInSecondsPath: null,
    reasonPath: 'message|error',
    refusalStatuses: [],
  },
};
