/**
 * CallGrid's bid API, as its knowledge base documents it: one phase; HTTP 200 for refusals too, told apart by `code` (1000 is a bid,
 * 4001 to 4009 say why not). The bidder's URL is https://bid.callgrid.com/api/bid/GRID_ID. `dynamicBid` is its name for the amount. How
 * number and SIP address are called is not public: the names that comparable networks use are tried in turn, until a live answer has
 * been seen. A number, and not a SIP address, is what `"pstn": true` among the bidder's own fields asks for.
 */
import type { Dialect } from '../../../domain/bidding/bidder.js';

export const CALLGRID: Dialect = {
  ping: {
    method: 'POST',
    url: '',
    headers: {},
    encoding: 'json',
    fields: {
      CallerId: '{{caller_number}}',
      InboundStateCode: '{{state_code}}',
      InboundZipCode: '{{zip_code}}',
    },
  },
  pingResponse: {
    accept: [{ path: 'code', operator: 'equals', value: 1000 }],
    pricePath: 'dynamicBid|bidAmount|bid|payout|data.dynamicBid|data.bidAmount',
    destinationPath:
      'sipAddress|sip|phoneNumber|phone_number|number|destination|data.sipAddress|data.phoneNumber|data.number',
    destinationCountry: 'US',
    referencePath: 'bidId|data.bidId',
    billAfterSecondsPath: 'duration|minDuration|data.duration',
    expiresInSecondsPath: 'expireInSeconds|expiresInSeconds|expiresAt|data.expireInSeconds',
    reasonPath: 'code&message',
    refusalStatuses: [],
  },
  post: null,
  postResponse: null,
};
