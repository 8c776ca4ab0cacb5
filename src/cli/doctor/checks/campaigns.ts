/** Whether each active campaign has its prompts and somebody to sell to. */
import type { Bidder } from '../../../domain/bidding/bidder.js';
import type { Target } from '../../../domain/campaigns/buyer.js';
import type { Campaign } from '../../../domain/campaigns/campaign.js';
import type { ConfigurationDocument } from '../../../domain/campaigns/configuration.js';
import type { Check } from '../check.js';
import { fault, listed, ok, SkippedError, warning } from '../finding.js';

function bringsDestination(bidder: Bidder): boolean {
  const { pingResponse, postResponse } = bidder.dialect;
  return pingResponse.destinationPath !== null || (postResponse?.destinationPath ?? null) !== null;
}

/** Whether a call could be sold to it at some hour. */
function isReachable(target: Target, { buyers, bidders }: ConfigurationDocument): boolean {
  const buyer = buyers.find(({ id }) => id === target.buyerId);
  if (!target.isActive || buyer?.isActive !== true) return false;
  if (target.schedule !== null && target.schedule.ranges.length === 0) return false;
  const { pricing } = target;
  if (pricing.kind === 'static') return target.destination !== null;
  const bidder = bidders.find(({ id }) => id === pricing.bidderId);
  return bidder?.isActive === true && (target.destination !== null || bringsDestination(bidder));
}

function promptsOf(campaign: Campaign): readonly string[] {
  const { consentPromptId, greetingPromptId, holdMusicPromptId, endingPromptId, apologyPromptId } = campaign;
  const named = [consentPromptId, greetingPromptId, holdMusicPromptId, endingPromptId, apologyPromptId];
  return named.filter((id) => id !== null);
}

export const checkCampaigns: Check = {
  name: 'campaigns',
  async run(context) {
    const document = await context.document();
    const active = document.campaigns.filter(({ isActive }) => isActive);
    if (active.length === 0) throw new SkippedError('no campaign is active');
    const prompts = new Set(document.prompts.map(({ id }) => id));
    const silent = active.flatMap((campaign) => {
      const missing = promptsOf(campaign).filter((id) => !prompts.has(id));
      return missing.length === 0
        ? []
        : [`campaign ${campaign.id} names prompt ${listed(missing)}, which is not there`];
    });
    if (silent.length > 0)
      return fault(listed(silent), 'add the prompt, or name one of the built-in ones such as builtin:hold-music');
    const targets = new Map(document.targets.map((target) => [target.id, target]));
    const unsold = active.filter(({ targetIds, fallback }) => {
      const reachable = targetIds.some((id) => {
        const target = targets.get(id);
        return target !== undefined && isReachable(target, document);
      });
      return !reachable && !fallback.some(({ kind }) => kind === 'dial');
    });
    if (unsold.length > 0) {
      return warning(
        `campaign ${listed(unsold.map(({ id }) => id))} has no target that could take a call`,
        'make a target, its buyer and its bidder active, and give it a destination and opening hours',
      );
    }
    return ok(
      `${active.length} active ${active.length === 1 ? 'campaign has its' : 'campaigns have their'} prompts and somebody to sell to`,
    );
  },
};
