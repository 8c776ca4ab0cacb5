/**
 * Ringba's real-time bidding, as it tells publishers to implement it: one phase. The bidder's URL is
 * https://rtb.ringba.com/v1/production/RTB_ID.json; any further field is a tag, and one with an empty value is refused with code 1002,
 * so that what a call does not have is left out. A refusal comes with HTTP 200, a bid of 0 and `rejectReason`. The name of the minimum
 * duration in `bidTerms` is documented by its users only; where it is another, the target's own term holds.
 */
import type { Dialect } from '../../../domain/bidding/bidder.js';

export const RINGBA: Dialect = {
  ping: {
    method: 'GET',
    url: '',
    headers: {},
    encoding: 'query',
    fields: { CID: '{{caller_number}}', exposeCallerId: 'yes', sipOk: 'true', zipcode: '{{zip_code}}' },
  },
  pingResponse: {
    accept: [{ path: 'bidAmount', operator: 'greater-than', value: 0 }],
    pricePath: 'bidAmount',
    destinationPath: 'sipAddress|phoneNumber|phoneNumberNoPlus',
    destinationCountry: 'US',
    referencePath: 'bidId',
    billAfterSecondsPath: 'bidTerms.0.callMinDuration',
    expiresInSecondsPath: 'expireInSeconds|bidExpireEpoch',
    reasonPath: 'rejectReason',
    refusalStatuses: [],
  },
  post: null,
  postResponse: null,
};
