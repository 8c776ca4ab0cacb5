/** Which rows of a configuration name which others. What is referred to cannot be removed. */

import { type Flow, saidBy } from '../flows/flow.js';
import { nodesOf, type PlacedNode, type Plan } from '../plans/plan.js';
import type { ChainedQueue } from '../routing/queue.js';
import type { Schedule } from '../routing/schedule.js';
import type { Target } from './buyer.js';
import type { Campaign } from './campaign.js';
import type { ConfigurationDocument, SectionName } from './configuration.js';
import type { Did } from './did.js';

/** One place that names a row. */
export interface ConfigurationReference {
  readonly section: SectionName;
  readonly id: string;
  /** Of the referring row, as the configuration file calls it. */
  readonly field: string;
}

interface Mention {
  readonly field: string;
  readonly to: SectionName;
  readonly id: string | null;
}

function mentionsOfSchedule({ schedule }: { readonly schedule: Schedule | null }): readonly Mention[] {
  const ids = schedule?.calendarIds ?? [];
  return ids.map((id, index) => ({ field: `schedule.calendars[${index}]`, to: 'calendars', id }));
}

function mentionsOfDid(did: Did): readonly Mention[] {
  return [
    { field: 'campaignId', to: 'campaigns', id: did.campaignId },
    { field: 'sourceId', to: 'sources', id: did.sourceId },
  ];
}

function mentionsOfTarget(target: Target): readonly Mention[] {
  const { pricing } = target;
  return [
    { field: 'buyerId', to: 'buyers', id: target.buyerId },
    { field: 'bidderId', to: 'bidders', id: pricing.kind === 'bid' ? pricing.bidderId : null },
    { field: 'trunkId', to: 'trunks', id: target.trunkId },
    { field: 'whisperPromptId', to: 'prompts', id: target.whisperPromptId },
    { field: 'acceptKey.promptId', to: 'prompts', id: target.acceptKey?.promptId ?? null },
    { field: 'acceptKey.voicemailDrop.promptId', to: 'prompts', id: target.acceptKey?.voicemailDrop?.promptId ?? null },
    { field: 'voicemail.greetingPromptId', to: 'prompts', id: target.voicemail?.greetingPromptId ?? null },
    ...mentionsOfSchedule(target),
  ];
}

function mentionOfPrompt({ prompt }: ChainedQueue, field: string): Mention {
  return { field: `${field}.promptId`, to: 'prompts', id: prompt?.kind === 'prompt' ? prompt.promptId : null };
}

function mentionsOfStep(step: Campaign['fallback'][number], field: string): readonly Mention[] {
  switch (step.kind) {
    case 'dial':
      return [{ field: `${field}.trunkId`, to: 'trunks', id: step.trunkId }];
    case 'voicemail':
      return [{ field: `${field}.greetingPromptId`, to: 'prompts', id: step.greetingPromptId }];
    case 'message':
      return [{ field: `${field}.promptId`, to: 'prompts', id: step.promptId }];
    case 'plan':
      return [{ field: `${field}.planId`, to: 'plans', id: step.planId }];
    case 'queue':
      return [{ field: `${field}.planId`, to: 'plans', id: step.planId }, mentionOfPrompt(step, field)];
  }
}

function mentionsOfCampaign(campaign: Campaign): readonly Mention[] {
  return [
    ...campaign.targetIds.map((id, index): Mention => ({ field: `targetIds[${index}]`, to: 'targets', id })),
    { field: 'planId', to: 'plans', id: campaign.planId },
    { field: 'consentPromptId', to: 'prompts', id: campaign.consentPromptId },
    { field: 'greetingPromptId', to: 'prompts', id: campaign.greetingPromptId },
    { field: 'holdMusicPromptId', to: 'prompts', id: campaign.holdMusicPromptId },
    { field: 'endingPromptId', to: 'prompts', id: campaign.endingPromptId },
    { field: 'apologyPromptId', to: 'prompts', id: campaign.apologyPromptId },
    { field: 'flowId', to: 'flows', id: campaign.flowId },
    ...mentionsOfSchedule(campaign),
    ...(campaign.agents?.agentIds ?? []).map(
      (id, index): Mention => ({ field: `agents.agentIds[${index}]`, to: 'agents', id }),
    ),
    ...(campaign.agents?.queue ? [mentionOfPrompt(campaign.agents.queue, 'agents.queue')] : []),
    { field: 'holdPrompt.promptId', to: 'prompts', id: campaign.holdPrompt?.promptId ?? null },
    ...campaign.fallback.flatMap((step, index) => mentionsOfStep(step, `fallback[${index}]`)),
    ...(campaign.whenClosed ?? []).flatMap((step, index) => mentionsOfStep(step, `whenClosed[${index}]`)),
  ];
}

function mentionsOfNode({ node, path }: PlacedNode): readonly Mention[] {
  switch (node.kind) {
    case 'target':
      return [{ field: `${path}.targetId`, to: 'targets', id: node.targetId }];
    case 'plan':
      return [{ field: `${path}.planId`, to: 'plans', id: node.planId }];
    case 'group':
      return mentionsOfSchedule(node).map(({ field, ...mention }) => ({ field: `${path}.${field}`, ...mention }));
  }
}

const mentionsOfPlan = (plan: Plan): readonly Mention[] => nodesOf(plan).flatMap(mentionsOfNode);

function mentionsOfFlow(flow: Flow): readonly Mention[] {
  return Object.entries(flow.nodes).flatMap(([id, node]) => {
    const said = saidBy(node).map(({ field, said }): Mention => {
      const promptId = said.kind === 'prompt' ? said.promptId : null;
      return { field: `nodes.${id}.${field}`, to: 'prompts', id: promptId };
    });
    if (node.kind === 'go-to-flow') return [{ field: `nodes.${id}.flowId`, to: 'flows', id: node.flowId }];
    if (node.kind === 'hours') {
      return mentionsOfSchedule(node).map(({ field, ...mention }) => ({ field: `nodes.${id}.${field}`, ...mention }));
    }
    if (node.kind === 'queue') return [...said, { field: `nodes.${id}.planId`, to: 'plans', id: node.planId }];
    if (node.kind !== 'dial' && node.kind !== 'directory') return said;
    return [...said, { field: `nodes.${id}.trunkId`, to: 'trunks', id: node.trunkId }];
  });
}

/** Every place that names the row, in the order of the sections. */
export function referencesTo(
  document: ConfigurationDocument,
  section: SectionName,
  id: string,
): readonly ConfigurationReference[] {
  const of = <Row extends { readonly id: string }>(
    from: SectionName,
    rows: readonly Row[],
    mentions: (row: Row) => readonly Mention[],
  ): readonly ConfigurationReference[] =>
    rows.flatMap((row) =>
      mentions(row)
        .filter((mention) => mention.to === section && mention.id === id)
        .map(({ field }) => ({ section: from, id: row.id, field })),
    );
  return [
    ...of('dids', document.dids, mentionsOfDid),
    ...of('sources', document.sources, mentionsOfSchedule),
    ...of('campaigns', document.campaigns, mentionsOfCampaign),
    ...of('targets', document.targets, mentionsOfTarget),
    ...of('plans', document.plans, mentionsOfPlan),
    ...of('flows', document.flows, mentionsOfFlow),
    ...of('agents', document.agents, ({ trunkId }) => [{ field: 'trunkId', to: 'trunks', id: trunkId }]),
  ];
}
