/** Whether each number that is ours leads to a campaign and a source that are there and active. */
import type { Check } from '../check.js';
import { fault, listed, ok, warning } from '../finding.js';

export const checkDids: Check = {
  name: 'dids',
  async run(context) {
    const { dids, campaigns, sources } = await context.document();
    const active = dids.filter(({ isActive }) => isActive);
    if (active.length === 0)
      return warning(
        'no number is configured: every call is answered 404',
        'write a configuration file and run "ringpost apply FILE"',
      );
    const campaignOf = new Map(campaigns.map((campaign) => [campaign.id, campaign]));
    const sourceOf = new Map(sources.map((source) => [source.id, source]));
    const lost = active.flatMap(({ number, campaignId, sourceId }) => {
      const missing = [
        ...(campaignOf.has(campaignId) ? [] : [`campaign ${campaignId}`]),
        ...(sourceOf.has(sourceId) ? [] : [`source ${sourceId}`]),
      ];
      return missing.length === 0 ? [] : [`${number} names ${listed(missing)}, which is not there`];
    });
    if (lost.length > 0) return fault(listed(lost), 'give each number a campaign and a source that exist');
    const idle = active.filter(
      ({ campaignId, sourceId }) =>
        campaignOf.get(campaignId)?.isActive !== true || sourceOf.get(sourceId)?.isActive !== true,
    );
    if (idle.length > 0)
      return warning(
        `the campaign or the source of ${listed(idle.map(({ number }) => number))} is paused: calls are refused`,
        'make it active, or make the number inactive as well',
      );
    return ok(
      `${active.length} active ${active.length === 1 ? 'number leads to a campaign' : 'numbers lead to campaigns'}`,
    );
  },
};
