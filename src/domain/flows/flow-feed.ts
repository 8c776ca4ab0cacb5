/**
 * Whether the bidding of a campaign waits for its flow: when a node sets what a condition of its plan or targets asks for, or what
 * the template of a bidder names. Otherwise the bidders may be asked while the caller is still in the flow.
 */
import type { Bidder } from '../bidding/bidder.js';
import type { Campaign } from '../campaigns/campaign.js';
import type { Configuration } from '../campaigns/configuration.js';
import { courseOf, groupsOf } from '../plans/plan-course.js';
import { tokensIn } from '../prompts/fill-text.js';
import { type Condition, tagsNamed } from '../routing/condition.js';
import { type Flow, flowsReached, tagsSetBy } from './flow.js';

/** Names under which bidders get a tag of another name. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['zip_code', 'zip'],
  ['state_code', 'state'],
]);

function namedBy({ dialect }: Bidder): readonly string[] {
  return [...tokensIn(dialect.ping), ...tokensIn(dialect.post)];
}

function feeds(configuration: Configuration, campaign: Campaign, flow: Flow): boolean {
  const nodes = flowsReached(flow, configuration.flows).flatMap((each) => Object.values(each.nodes));
  const set = new Set(nodes.flatMap(tagsSetBy));
  const isAnswer = (tag: string): boolean => tag.startsWith('ivr.') && set.has(tag.slice('ivr.'.length));
  const asks = (condition: Condition | null): boolean => condition !== null && tagsNamed(condition).some(isAnswer);
  const isFed = (name: string): boolean => set.has(name) || set.has(ALIASES.get(name) ?? name);
  return groupsOf(courseOf(configuration, campaign)).some(
    ({ condition, seats }) =>
      asks(condition) ||
      seats.planned.some(
        ({ target, bidder, need }) =>
          asks(target.condition) ||
          (need?.tags.some(isAnswer) ?? false) ||
          (bidder !== null && namedBy(bidder).some(isFed)),
      ),
  );
}

/** Kept as long as the version itself is. */
const known = new WeakMap<Configuration, Map<string, boolean>>();

export function flowFeedsBidding(configuration: Configuration, campaign: Campaign, flow: Flow): boolean {
  const ofVersion = known.get(configuration) ?? new Map<string, boolean>();
  known.set(configuration, ofVersion);
  const found = ofVersion.get(campaign.id) ?? feeds(configuration, campaign, flow);
  ofVersion.set(campaign.id, found);
  return found;
}
