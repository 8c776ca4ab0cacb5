/**
 * Everything that an admin edits, as one immutable value with a version. A call takes the value that is current when it
 * arrives and keeps it to its end, so that an edit takes effect for the next call and never inside one.
 */

import type { Bidder } from '../bidding/bidder.js';
import { type Flow, textsOf } from '../flows/flow.js';
import type { Plan } from '../plans/plan.js';
import type { Prompt } from '../prompts/prompt.js';
import type { Calendar } from '../routing/calendar.js';
import type { Schedule } from '../routing/schedule.js';
import type { Trunk } from '../trunks/trunk.js';
import type { Agent } from './agent.js';
import type { Buyer, Target } from './buyer.js';
import type { Campaign } from './campaign.js';
import type { Did } from './did.js';
import type { Source } from './source.js';

/** What a configuration file holds, and what the store keeps row by row. */
export interface ConfigurationDocument {
  readonly trunks: readonly Trunk[];
  readonly dids: readonly Did[];
  readonly sources: readonly Source[];
  readonly campaigns: readonly Campaign[];
  readonly buyers: readonly Buyer[];
  readonly targets: readonly Target[];
  readonly bidders: readonly Bidder[];
  readonly prompts: readonly Prompt[];
  readonly plans: readonly Plan[];
  readonly flows: readonly Flow[];
  readonly calendars: readonly Calendar[];
  readonly agents: readonly Agent[];
}

export type SectionName = keyof ConfigurationDocument;

export const SECTION_NAMES: readonly SectionName[] = [
  'trunks',
  'dids',
  'sources',
  'campaigns',
  'buyers',
  'targets',
  'bidders',
  'prompts',
  'plans',
  'flows',
  'calendars',
  'agents',
];

export const EMPTY_DOCUMENT: ConfigurationDocument = {
  trunks: [],
  dids: [],
  sources: [],
  campaigns: [],
  buyers: [],
  targets: [],
  bidders: [],
  prompts: [],
  plans: [],
  flows: [],
  calendars: [],
  agents: [],
};

export interface Configuration {
  /** Grows by one with every change; a call is stamped with it. */
  readonly version: number;
  readonly trunks: ReadonlyMap<string, Trunk>;
  readonly didsByNumber: ReadonlyMap<string, Did>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly campaigns: ReadonlyMap<string, Campaign>;
  readonly buyers: ReadonlyMap<string, Buyer>;
  readonly targets: ReadonlyMap<string, Target>;
  readonly bidders: ReadonlyMap<string, Bidder>;
  readonly prompts: ReadonlyMap<string, Prompt>;
  /** As they are published. */
  readonly plans: ReadonlyMap<string, Plan>;
  readonly flows: ReadonlyMap<string, Flow>;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly agents: ReadonlyMap<string, Agent>;
}

/** Everything that must have a sound before the document is in force. */
export function soundsOf({ prompts, flows }: Pick<ConfigurationDocument, 'prompts' | 'flows'>): readonly Prompt[] {
  return [...prompts, ...flows.flatMap(textsOf)];
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

type Scheduled = { readonly schedule: Schedule | null };

/** The row, or the group of a plan, with the calendars that its schedule names. */
export function withCalendars<Row extends Scheduled>(row: Row, calendars: ReadonlyMap<string, Calendar>): Row {
  const { schedule } = row;
  if (schedule?.calendarIds === undefined) return row;
  const found = schedule.calendarIds.flatMap((id) => calendars.get(id) ?? []);
  return { ...row, schedule: { ...schedule, calendars: found } };
}

/** The row as it is stored. */
export function withoutCalendars<Row>(row: Row & Partial<Scheduled>): Row {
  const { schedule } = row;
  if (schedule?.calendars === undefined) return row;
  const { calendars: _found, ...stored } = schedule;
  return { ...row, schedule: stored };
}

export function indexConfiguration(version: number, document: ConfigurationDocument): Configuration {
  const calendars = byId(document.calendars);
  const open = <Row extends Scheduled>(row: Row): Row => withCalendars(row, calendars);
  return {
    version,
    trunks: byId(document.trunks),
    didsByNumber: new Map(document.dids.map((did) => [did.number, did])),
    sources: byId(document.sources.map(open)),
    campaigns: byId(document.campaigns.map(open)),
    buyers: byId(document.buyers),
    targets: byId(document.targets.map(open)),
    bidders: byId(document.bidders),
    prompts: byId(document.prompts),
    plans: byId(document.plans),
    flows: byId(document.flows),
    calendars,
    agents: byId(document.agents),
  };
}

/** The rows again, in the order in which they were indexed. */
export function documentOf(configuration: Configuration): ConfigurationDocument {
  return {
    trunks: [...configuration.trunks.values()],
    dids: [...configuration.didsByNumber.values()],
    sources: [...configuration.sources.values()].map(withoutCalendars),
    campaigns: [...configuration.campaigns.values()].map(withoutCalendars),
    buyers: [...configuration.buyers.values()],
    targets: [...configuration.targets.values()].map(withoutCalendars),
    bidders: [...configuration.bidders.values()],
    prompts: [...configuration.prompts.values()],
    plans: [...configuration.plans.values()],
    flows: [...configuration.flows.values()],
    calendars: [...configuration.calendars.values()],
    agents: [...configuration.agents.values()],
  };
}
