/** What only several rows together can get wrong: numbers and networks that stand twice, and calls that could not be dialled. */
import type { Bidder } from '../../domain/bidding/bidder.js';
import type { Target } from '../../domain/campaigns/buyer.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { ConfigurationDocument } from '../../domain/campaigns/configuration.js';
import { flowFaults } from '../../domain/flows/flow-faults.js';
import { nodesOf, type Plan } from '../../domain/plans/plan.js';
import { faultsOfPlan } from '../../domain/plans/plan-faults.js';
import { isNeverOpen, type Schedule } from '../../domain/routing/schedule.js';
import { type Destination, formatDestination } from '../../domain/trunks/destination.js';
import type { Trunk } from '../../domain/trunks/trunk.js';
import { checkChains, plansReached, plansWalkedBy } from './check-chains.js';
import { type Fault, faultAt } from './fault.js';
import type { Placed } from './placed.js';

export type PlacedRows = {
  readonly [Name in keyof ConfigurationDocument]: readonly Placed<ConfigurationDocument[Name][number]>[];
};

type Identified = { readonly id: string };

/** Rows of the file by id, in place of rows of the store. */
function effective<Row extends Identified>(placed: readonly Placed<Row>[], stored: readonly Row[]): Map<string, Row> {
  return new Map([...stored, ...placed.map(({ row }) => row)].map((row) => [row.id, row]));
}

/** Rows of the store that the file does not replace. */
function kept<Row extends Identified>(placed: readonly Placed<Row>[], stored: readonly Row[]): readonly Row[] {
  const replaced = new Set(placed.map(({ row }) => row.id));
  return stored.filter(({ id }) => !replaced.has(id));
}

function checkNumbers(rows: PlacedRows, stored: ConfigurationDocument, faults: Fault[]): void {
  const holders = new Map(kept(rows.dids, stored.dids).map((did) => [did.number, `DID "${did.id}" of the store`]));
  for (const { row, path } of rows.dids) {
    const holder = holders.get(row.number);
    if (holder !== undefined)
      faults.push(faultAt(`${path}.number`, row.number, `a number that ${holder} does not have`));
    else holders.set(row.number, path);
  }
}

function checkNetworks(rows: PlacedRows, stored: ConfigurationDocument, faults: Fault[]): void {
  const holders = new Map<string, string>();
  for (const trunk of kept(rows.trunks, stored.trunks)) {
    for (const cidr of trunk.sourceCidrs) holders.set(cidr, `trunk "${trunk.id}" of the store`);
  }
  for (const { row, path } of rows.trunks) {
    row.sourceCidrs.forEach((cidr, index) => {
      const holder = holders.get(cidr);
      const expected = `a network that ${holder ?? ''} does not have: a call belongs to one trunk`;
      if (holder !== undefined) faults.push(faultAt(`${path}.sourceCidrs[${index}]`, cidr, expected));
      else holders.set(cidr, path);
    });
  }
}

type Trunks = ReadonlyMap<string, Trunk>;

type Dialled = { readonly destination: Destination | null; readonly trunkId: string | null };

function checkDialling(
  { destination, trunkId }: Dialled,
  path: string,
  trunks: ReadonlyMap<string, Trunk>,
  faults: Fault[],
): void {
  if (destination?.kind === 'number' && trunkId === null) {
    const expected = `a trunk through which ${formatDestination(destination)} is dialled`;
    faults.push(faultAt(`${path}.trunkId`, undefined, expected));
  }
  const trunk = trunkId === null ? undefined : trunks.get(trunkId);
  if (trunk !== undefined && trunk.gateways.length === 0) {
    faults.push(faultAt(`${path}.trunkId`, trunkId, 'a trunk that has a gateway to dial through'));
  }
}

function checkTarget({ row, path }: Placed<Target>, bidders: ReadonlyMap<string, Bidder>, faults: Fault[]): void {
  if (row.destination !== null) return;
  const { pricing } = row;
  if (pricing.kind === 'static') {
    faults.push(faultAt(`${path}.destination`, undefined, 'a destination, since no answer of a bidder brings one'));
    return;
  }
  const dialect = bidders.get(pricing.bidderId)?.dialect;
  if (dialect === undefined) return;
  const isBrought =
    dialect.pingResponse.destinationPath !== null || (dialect.postResponse?.destinationPath ?? null) !== null;
  if (isBrought) return;
  const expected = `a destination, since the answers of bidder "${pricing.bidderId}" bring none`;
  faults.push(faultAt(`${path}.destination`, undefined, expected));
}

/** An amount of a target has no currency of its own, so all campaigns in which it competes must have the same. */
function checkCurrencies(
  rows: PlacedRows,
  stored: ConfigurationDocument,
  plans: ReadonlyMap<string, Plan>,
  faults: Fault[],
): void {
  const firsts = new Map<string, Campaign>();
  const compare = (campaign: Campaign, path: string | null): void => {
    campaign.targetIds.forEach((targetId, index) => {
      const first = firsts.get(targetId) ?? campaign;
      firsts.set(targetId, first);
      if (first.currency === campaign.currency || path === null) return;
      const expected = `a target priced in ${campaign.currency}; campaign "${first.id}" counts it in ${first.currency}`;
      faults.push(faultAt(`${path}.targetIds[${index}]`, targetId, expected));
    });
  };
  const walked = (campaign: Campaign, path: string | null): void => {
    for (const { planId, field } of plansWalkedBy(campaign)) {
      for (const targetId of targetsOfPlan(planId, plans)) {
        const first = firsts.get(targetId) ?? campaign;
        firsts.set(targetId, first);
        if (first.currency === campaign.currency || path === null) continue;
        const expected = `a plan whose targets are priced in ${campaign.currency}; campaign "${first.id}" counts target "${targetId}" in ${first.currency}`;
        faults.push(faultAt(`${path}.${field}`, planId, expected));
        break;
      }
    }
  };
  for (const campaign of kept(rows.campaigns, stored.campaigns)) {
    compare(campaign, null);
    walked(campaign, null);
  }
  for (const { row, path } of rows.campaigns) {
    compare(row, path);
    walked(row, path);
  }
}

/** Those of the plans that it links as well. */
function targetsOfPlan(planId: string, plans: ReadonlyMap<string, Plan>): ReadonlySet<string> {
  const reached = [...plansReached(planId, plans)].flatMap((id) => plans.get(id) ?? []);
  const nodes = reached.flatMap((plan) => nodesOf(plan));
  return new Set(nodes.flatMap(({ node }) => (node.kind === 'target' ? [node.targetId] : [])));
}

/** For a document whose targets and plans could be read. */
export function checkPlans(rows: PlacedRows, stored: ConfigurationDocument, faults: Fault[]): void {
  const targets = effective(rows.targets, stored.targets);
  const plans = effective(rows.plans, stored.plans);
  const calendars = effective(rows.calendars, stored.calendars);
  const around = {
    weightOf: (targetId: string) => targets.get(targetId)?.weight,
    planOf: (planId: string) => plans.get(planId),
    calendarOf: (calendarId: string) => calendars.get(calendarId),
  };
  for (const { row, path } of rows.plans) {
    for (const { place, found, expected } of faultsOfPlan(row, around)) {
      faults.push(faultAt(`${path}.${place}`, found, expected));
    }
  }
}

function checkDoubleTargets({ row, path }: Placed<Campaign>, faults: Fault[]): void {
  row.targetIds.forEach((targetId, index) => {
    const first = row.targetIds.indexOf(targetId);
    if (first < index) {
      faults.push(faultAt(`${path}.targetIds[${index}]`, targetId, `a target that targetIds[${first}] is not already`));
    }
  });
}

function checkFlows(rows: PlacedRows, stored: ConfigurationDocument, trunks: Trunks, faults: Fault[]): void {
  const flows = effective(rows.flows, stored.flows);
  for (const { row, path } of rows.flows) {
    for (const { field, found, expected } of flowFaults(row, flows)) {
      faults.push({ path: `${path}.${field}`, found, expected });
    }
    for (const [id, node] of Object.entries(row.nodes)) {
      const dialled =
        node.kind === 'dial' ? [node.destination] : node.kind === 'directory' ? Object.values(node.entries) : [];
      const trunkId = 'trunkId' in node ? node.trunkId : null;
      for (const destination of dialled) checkDialling({ destination, trunkId }, `${path}.nodes.${id}`, trunks, faults);
    }
  }
}

/** Those of plans are `checkPlans`' business. A calendar that does not exist is a fault already. */
function checkSchedules(rows: PlacedRows, stored: ConfigurationDocument, faults: Fault[]): void {
  const calendars = effective(rows.calendars, stored.calendars);
  const check = (schedule: Schedule | null, path: string): void => {
    const { calendarIds = [] } = schedule ?? {};
    const named = calendarIds.flatMap((id) => calendars.get(id) ?? []);
    if (schedule === null || named.length < calendarIds.length || !isNeverOpen(schedule, named)) return;
    const expected = 'at least one range, here or on a day of its calendars: without it the schedule is never open';
    faults.push(faultAt(`${path}.schedule.hours`, {}, expected));
  };
  for (const { row, path } of [...rows.sources, ...rows.campaigns, ...rows.targets]) check(row.schedule, path);
  for (const { row, path } of rows.flows) {
    for (const [id, node] of Object.entries(row.nodes)) {
      if (node.kind === 'hours') check(node.schedule, `${path}.nodes.${id}`);
    }
  }
}

/** `stored` holds the rows that are in the store already; those that the file replaces do not count. */
export function checkReferences(rows: PlacedRows, stored: ConfigurationDocument, faults: Fault[]): void {
  const trunks = effective(rows.trunks, stored.trunks);
  const bidders = effective(rows.bidders, stored.bidders);
  const plans = effective(rows.plans, stored.plans);
  checkNumbers(rows, stored, faults);
  checkNetworks(rows, stored, faults);
  checkCurrencies(rows, stored, plans, faults);
  checkFlows(rows, stored, trunks, faults);
  checkSchedules(rows, stored, faults);
  for (const target of rows.targets) {
    checkTarget(target, bidders, faults);
    checkDialling(target.row, target.path, trunks, faults);
  }
  for (const { row, path } of rows.agents) checkDialling(row, path, trunks, faults);
  for (const campaign of rows.campaigns) {
    checkDoubleTargets(campaign, faults);
    checkChains(campaign, plans, faults);
    for (const chain of ['fallback', 'whenClosed'] as const) {
      campaign.row[chain]?.forEach((step, index) => {
        if (step.kind === 'dial') checkDialling(step, `${campaign.path}.${chain}[${index}]`, trunks, faults);
      });
    }
  }
}
