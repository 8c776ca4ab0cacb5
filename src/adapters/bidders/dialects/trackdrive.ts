/**
 * TrackDrive's ping and post, as its integration guide documents it: the ping lists buyers, the best first; the post with that buyer's
 * `ping_id` brings the number. The bidder's URL is .../api/v1/inbound_webhooks/ping/NAME and its post URL
 * .../api/v1/inbound_webhooks/post/NAME. Setting: `traffic_source_id`; contact fields besides `zip` are those of the endpoint. What is
 * returned for a buyer is configured there, so that price and number have several names, and its clients find `success` beside
 * or in place of the guide's `status`: a number is what makes a post accepted.
 */
import type { Dialect } from '../../../domain/bidding/bidder.js';

const NUMBER_PATH =
  'number|phone_number|forwarding_number|tracking_number|forwarding_number_sip_address|buyers.0.forwarding_number';

export const TRACKDRIVE: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: {
      caller_id: '{{caller_number}}',
      traffic_source_id: '{{setting.traffic_source_id}}',
      zip: '{{zip_code}}',
    },
  },
  pingResponse: {
    accept: [
      { path: 'success', operator: 'not-equals', value: false },
      { path: 'buyers.0.ping_id', operator: 'exists', value: true },
    ],
    pricePath: 'buyers.0.bid|buyers.0.bid_price',
    destinationPath: null,
    destinationCountry: 'US',
    referencePath: 'buyers.0.ping_id',
    billAfterSecondsPath: null,
    expiresInSecondsPath: null,
    reasonPath: 'status&errors.0|message|error',
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
    accept: [
      { path: 'success', operator: 'not-equals', value: false },
      { path: NUMBER_PATH, operator: 'exists', value: true },
    ],
    pricePath: null,
    destinationPath: NUMBER_PATH,
    destinationCountry: 'US',
    referencePath: null,
    billAfterSecondsPath: null,
    expiresInSecondsPath: null,
    reasonPath: 'status&errors.0|message|error',
    refusalStatuses: [],
  },
};
