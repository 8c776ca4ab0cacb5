/**
 * Service Direct's Marketplace Partners API, as the README of its partners SDK documents it. The bidder's URL is
 * https://api.servicedirect.com/partners/request. "No buyer" is HTTP 404 and no fault. Accepting brings a ten-digit
 * number that is held for 60 s, so it is asked for only when the call will be sent.
 *
 * Settings: `provider_key`, `service_category` (a number). The signed variant of the API (nonce and HMAC) is not spoken.
 * `zip_code` is a token that the call brings, from its tags.
 */
import type { Dialect } from '../../../domain/bidder.js';

const HEADERS = { 'SD-API-Provider': '{{setting.provider_key}}' };

export const SERVICE_DIRECT: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: HEADERS,
    encoding: 'json',
    fields: { zip_code: '{{zip_code}}', service_category: '{{setting.service_category}}' },
  },
  pingResponse: {
    accept: [{ path: 'data.available_buyer', operator: 'equals', value: true }],
    pricePath: 'data.bid',
    destinationPath: null,
    destinationCountry: 'US',
    referencePath: 'data.request_id',
    billAfterSecondsPath: 'data.min_duration',
    expiresInSecondsPath: null,
    reasonPath: 'message|data.message',
    refusalStatuses: [404],
  },
  post: { method: 'POST', url: '/{{bid_ref}}/accept', headers: HEADERS, encoding: 'json', fields: null },
  postResponse: {
    accept: [{ path: 'data.phone_number', operator: 'exists', value: true }],
    pricePath: null,
    destinationPath: 'data.phone_number',
    destinationCountry: 'US',
    referencePath: null,
    billAfterSecondsPath: null,
    expiresInSecondsPath: null,
    reasonPath: 'message',
    refusalStatuses: [404],
  },
};
