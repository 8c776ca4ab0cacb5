/**
 * The bidding systems in a process of their own: twenty requests a call beside the phones would make these late, and the bench measure
 * itself. Started and asked by the peers' process over IPC.
 */
import { answerParent } from '../test/soak/child-link.js';
import { type BidderManner, TimedBidders } from './timed-bidders.js';

const bidders = new TimedBidders();

answerParent(
  {
    start: (argument) => bidders.start(argument as readonly BidderManner[]),
    answerings: () => bidders.takeAnswerings(),
  },
  () => bidders.close(),
);
