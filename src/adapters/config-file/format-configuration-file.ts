/**
 * Writes a document as a configuration file: what `ringpost export` prints. Reading it again gives the same document. It
 * holds the credentials of trunks and the keys of bidders, so whoever writes it down keeps it from others.
 */
import type { Bidder } from '../../domain/bidding/bidder.js';
import type { Target } from '../../domain/campaigns/buyer.js';
import type { Campaign, FallbackStep } from '../../domain/campaigns/campaign.js';
import type { ConfigurationDocument, SectionName } from '../../domain/campaigns/configuration.js';
import type { Source } from '../../domain/campaigns/source.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import { formatDestination } from '../../domain/trunks/destination.js';
import { agentEntry, agentPlanEntry } from './agent-entry.js';
import { calendarEntry, datedScheduleEntry } from './calendar-entry.js';
import { automaticBlockEntry, duplicatesEntry, sameBuyerEntry } from './caller-rule-entry.js';
import { capEntries } from './cap-entry.js';
import { flowEntry } from './compose-flow.js';
import { trunkEntry } from './compose-trunk.js';
import { concurrencyEntry } from './concurrency-entry.js';
import type { Entry } from './document-schema.js';
import { unitsOf } from './micros.js';
import { pauseEntry } from './pause-entry.js';
import { planEntry } from './plan-entry.js';
import { playsOf } from './plays-entry.js';
import { chainedQueueEntry } from './queue-entry.js';

function stepEntry(step: FallbackStep): object {
  if (step.kind === 'queue') return chainedQueueEntry(step);
  return step.kind === 'dial' ? { ...step, destination: formatDestination(step.destination) } : step;
}

function campaignEntry({ minimumBidMicros, schedule, fallback, whenClosed = null, ...campaign }: Campaign): object {
  return {
    ...campaign,
    pause: pauseEntry(campaign.pause),
    schedule: datedScheduleEntry(schedule),
    caps: capEntries(campaign.caps),
    duplicates: duplicatesEntry(campaign.duplicates),
    automaticBlock: automaticBlockEntry(campaign.automaticBlock),
    sameBuyer: sameBuyerEntry(campaign.sameBuyer),
    minimumBid: unitsOf(minimumBidMicros),
    fallback: fallback.map(stepEntry),
    whenClosed: whenClosed?.map(stepEntry) ?? null,
    agents: agentPlanEntry(campaign.agents),
  };
}

function targetEntry({ pricing, destination, schedule, ...target }: Target): object {
  const price =
    pricing.kind === 'static'
      ? { price: unitsOf(pricing.amountMicros) }
      : { bidderId: pricing.bidderId, minimumBid: unitsOf(pricing.minimumMicros) };
  return {
    ...target,
    pause: pauseEntry(target.pause),
    ...price,
    destination: destination === null ? null : formatDestination(destination),
    schedule: datedScheduleEntry(schedule),
    concurrency: concurrencyEntry(target.concurrency),
    caps: capEntries(target.caps),
    duplicates: duplicatesEntry(target.duplicates),
  };
}

function bidderEntry({ maximumBidMicros, ...bidder }: Bidder): object {
  return { ...bidder, maximumBid: maximumBidMicros === null ? null : unitsOf(maximumBidMicros) };
}

function payoutEntry({ payout }: Source): Entry<'sources'>['payout'] {
  switch (payout.kind) {
    case 'none':
      return { kind: 'none' };
    case 'fixed':
      return { kind: 'fixed', amount: unitsOf(payout.amountMicros) };
    case 'share':
      return { kind: 'share', percent: payout.basisPoints / 100 };
  }
}

function promptEntry(prompt: Prompt): Entry<'prompts'> {
  return prompt.kind === 'text'
    ? { id: prompt.id, text: prompt.text, voice: prompt.voice, ...playsOf(prompt.plays) }
    : { id: prompt.id, file: prompt.path, ...playsOf(prompt.plays) };
}

/** Every row as an entry, in the order of the document. */
export function entriesOf(document: ConfigurationDocument): Readonly<Record<SectionName, readonly object[]>> {
  return {
    trunks: document.trunks.map(trunkEntry),
    dids: document.dids.map((did) => ({ ...did, pause: pauseEntry(did.pause) })),
    sources: document.sources.map((source) => ({
      ...source,
      pause: pauseEntry(source.pause),
      payout: payoutEntry(source),
      caps: capEntries(source.caps),
      schedule: datedScheduleEntry(source.schedule),
    })),
    campaigns: document.campaigns.map(campaignEntry),
    buyers: document.buyers.map((buyer) => ({
      ...buyer,
      pause: pauseEntry(buyer.pause),
      concurrency: concurrencyEntry(buyer.concurrency),
      caps: capEntries(buyer.caps),
      duplicates: duplicatesEntry(buyer.duplicates),
    })),
    targets: document.targets.map(targetEntry),
    bidders: document.bidders.map(bidderEntry),
    prompts: document.prompts.map(promptEntry),
    calendars: document.calendars.map(calendarEntry),
    plans: document.plans.map((plan) => planEntry(plan, datedScheduleEntry)),
    flows: document.flows.map(flowEntry),
    agents: document.agents.map(agentEntry),
  };
}

export function formatConfigurationFile(document: ConfigurationDocument): string {
  return `${JSON.stringify(entriesOf(document), null, 2)}\n`;
}
