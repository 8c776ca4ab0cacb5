/** Puts a caller on the list of a campaign, as an admin would. Called by a flow; an edit of another in between makes it try again. */
import { EMPTY_DOCUMENT } from '../domain/configuration.js';
import type { E164 } from '../domain/phone-number.js';
import type { CallEvents } from './ports/call-events.js';
import type { ConfigurationRepository } from './ports/configuration-repository.js';

const ATTEMPTS = 5;
/** As many as a configuration file may name. */
const MOST_BLOCKED = 100_000;

/** False, and an alarm, when the list could not be written. Never rejects. */
export function callerBlocker(
  configuration: ConfigurationRepository,
  events: Pick<CallEvents, 'alarm'>,
): (campaignId: string, callerNumber: E164) => Promise<boolean> {
  const block = async (campaignId: string, callerNumber: E164): Promise<boolean> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const now = await configuration.refresh();
      const campaign = now.campaigns.get(campaignId);
      if (campaign === undefined || campaign.blockedCallers.length >= MOST_BLOCKED) return false;
      if (campaign.blockedCallers.includes(callerNumber)) return true;
      const changed = { ...campaign, blockedCallers: [...campaign.blockedCallers, callerNumber] };
      const put = await configuration.put({ ...EMPTY_DOCUMENT, campaigns: [changed] }, now.version);
      if (put.kind === 'done') return true;
    }
    return false;
  };
  return async (campaignId, callerNumber) => {
    try {
      return await block(campaignId, callerNumber);
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      events.alarm('store', `a caller could not be blocked: ${sentence}`);
      return false;
    }
  };
}
