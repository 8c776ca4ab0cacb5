/**
 * CallGrid's bid API, as its knowledge base documents it: one phase; HTTP 200 for refusals too, told apart by `code`
 * (1000 is an accepted bid). The bidder's URL is https://bid.callgrid.com/api/bid/GRID_ID. The names of price and number
 * in an accepted answer are those of comparable networks; they are to be checked against the first live answer.
 */
import type { Dialect } from '../../../domain/bidder.js';

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
    pricePath: 'bidAmount|bid|payout|data.bidAmount',
    destinationPath: 'sipAddress|phoneNumber|data.sipAddress|data.phoneNumber',
    destinationCountry: 'US',
    referencePath: 'bidId|data.bidId',
    billAfterSecondsPath: null,
    expiresInSecondsPath: 'expireInSeconds|data.expireInSeconds',
    reasonPath: 'message',
    refusalStatuses: [],
  },
  post: null,
  postResponse: null,
};
