/**
 * Service Direct's Marketplace Partners API, as its partners SDK and that SDK's README document it. The bidder's URL is
 * https://api.servicedirect.com/partners/request. "No buyer" is HTTP 404, and a ZIP code or category that it does not know HTTP 400 with
 * an `error_code`: both are refusals, since they are the caller's answers and no fault of the bidder. Accepting brings a ten-digit
 * number that is held for 60 s, so it is asked for only when the call will be sent.
 *
 * Settings: `provider_key`, `service_category` (a number). The key travels in the body, as the SDK has sent it since August 2023; the
 * signed headers of the README before that, with `provider_secret` too, are the dialect service-direct-signed.
 */
import type { Dialect, RequestSignature } from '../../../domain/bidding/bidder.js';

const REQUEST_FIELDS = { zip_code: '{{zip_code}}', service_category: '{{setting.service_category}}' };
const KEY_FIELD = { sd_api_key: '{{setting.provider_key}}' };
const SIGNED_HEADERS = { 'SD-API-Provider': '{{setting.provider_key}}' };
const SIGNATURE: RequestSignature = {
  key: '{{setting.provider_key}}',
  secret: '{{setting.provider_secret}}',
  nonceHeader: 'SD-API-Nonce',
  signatureHeader: 'SD-API-Signature',
};

/** Values stand in `data`; the README's own examples leave it out. */
export const SERVICE_DIRECT: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: { ...KEY_FIELD, ...REQUEST_FIELDS },
  },
  pingResponse: {
    accept: [{ path: 'data.available_buyer|available_buyer', operator: 'in', value: ['true', '1'] }],
    pricePath: 'data.bid|bid',
    destinationPath: null,
    destinationCountry: 'US',
    referencePath: 'data.request_id|request_id',
    billAfterSecondsPath: 'data.min_duration|min_duration',
    expiresInSecondsPath: null,
    reasonPath: 'error_code&message|data.message',
    refusalStatuses: [400, 404],
  },
  post: { method: 'POST', url: '/{{bid_ref}}/accept', headers: {}, encoding: 'json', fields: KEY_FIELD },
  postResponse: {
    accept: [{ path: 'data.phone_number|phone_number', operator: 'exists', value: true }],
    pricePath: null,
    destinationPath: 'data.phone_number|phone_number',
    destinationCountry: 'US',
    referencePath: null,
    billAfterSecondsPath: null,
    expiresInSecondsPath: null,
    reasonPath: 'error_code&message|data.message',
    refusalStatuses: [400, 404],
  },
};

export const SERVICE_DIRECT_SIGNED: Dialect = {
  ...SERVICE_DIRECT,
  ping: { ...SERVICE_DIRECT.ping, headers: SIGNED_HEADERS, fields: REQUEST_FIELDS, signature: SIGNATURE },
  post: {
    method: 'POST',
    url: '/{{bid_ref}}/accept',
    headers: SIGNED_HEADERS,
    encoding: 'json',
    fields: null,
    signature: SIGNATURE,
  },
};
