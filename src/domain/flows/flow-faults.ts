/**
 * What keeps a flow from being walked, each fault with its place: a way on that leads nowhere, a node that nobody reaches, a
 * walk that cannot end, a round in which nobody is asked for a key, a share that is lost, a token that nobody fills.
 */
import { isKnownTag } from '../calls/call-tags.js';
import { tokensIn } from '../prompts/fill-text.js';
import { spokenTags, unknownToken } from '../prompts/spoken-text.js';
import { QUEUE_POSITION } from '../routing/queue.js';
import { exitsOf, type Flow, type FlowNode, flowsReached, saidBy, tagsSetBy } from './flow.js';
import { phraseFaults } from './phrase-faults.js';

export interface FlowFault {
  /** Inside the flow, such as `nodes.ask-zip.next`. */
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

const quoted = (text: string): string => JSON.stringify(text);

function fieldOf(nodeId: string, field = ''): string {
  return field === '' ? `nodes.${nodeId}` : `nodes.${nodeId}.${field}`;
}

const nodeOf = (flow: Flow, id: string): FlowNode | undefined =>
  Object.hasOwn(flow.nodes, id) ? flow.nodes[id] : undefined;

function namesIn(flow: Flow): string {
  const names = Object.keys(flow.nodes);
  return names.length > 6 ? `${names.slice(0, 6).map(quoted).join(', ')}, ...` : names.map(quoted).join(', ');
}

function lostWays(flow: Flow): readonly FlowFault[] {
  const expected = `the id of a node of this flow: ${namesIn(flow)}`;
  const ways = Object.entries(flow.nodes).flatMap(([id, node]) =>
    exitsOf(node).map(({ field, to }) => ({ field: fieldOf(id, field), to })),
  );
  return [{ field: 'start', to: flow.start }, ...ways]
    .filter(({ to }) => nodeOf(flow, to) === undefined)
    .map(({ field, to }) => ({ field, found: quoted(to), expected }));
}

/** Everything that can be reached along `next` from these. */
function reachedFrom(from: readonly string[], next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  for (const id of reached) for (const to of next(id)) reached.add(to);
  return reached;
}

function targetsOf(flow: Flow, id: string): readonly string[] {
  const node = nodeOf(flow, id);
  return node === undefined ? [] : exitsOf(node).map(({ to }) => to);
}

function unreachable(flow: Flow): readonly FlowFault[] {
  const reached = reachedFrom([flow.start], (id) => targetsOf(flow, id));
  return Object.keys(flow.nodes)
    .filter((id) => !reached.has(id))
    .map((id) => ({
      field: fieldOf(id),
      found: 'a node that no other leads to',
      expected: `a way to it from start, which is ${quoted(flow.start)}`,
    }));
}

/** A dial may end the call too; its caller may also be sent on. */
const isEnd = (node: FlowNode): boolean =>
  exitsOf(node).length === 0 || ['dial', 'directory', 'queue'].includes(node.kind);

function withoutEnd(flow: Flow): readonly FlowFault[] {
  const from = new Map<string, string[]>();
  for (const id of Object.keys(flow.nodes)) {
    for (const to of targetsOf(flow, id)) from.set(to, [...(from.get(to) ?? []), id]);
  }
  const ends = Object.entries(flow.nodes).flatMap(([id, node]) => (isEnd(node) ? [id] : []));
  const ending = reachedFrom(ends, (id) => from.get(id) ?? []);
  return Object.keys(flow.nodes)
    .filter((id) => !ending.has(id))
    .map((id) => ({
      field: fieldOf(id),
      found: 'a node from which the flow never ends',
      expected: 'a way on to a node that ends it, such as "plan", "voicemail" or "hang-up"',
    }));
}

/** A node of a flow among all. */
const placeOf = (flowId: string, nodeId: string): string => `${flowId}/${nodeId}`;

/** Ways that a caller goes without pressing a key, also into other flows. */
function keylessWays(flows: readonly Flow[]): ReadonlyMap<string, readonly string[]> {
  const starts = new Map(flows.map((flow) => [flow.id, placeOf(flow.id, flow.start)]));
  const ways = flows.flatMap((flow) =>
    Object.entries(flow.nodes).map(([id, node]): [string, readonly string[]] => {
      const own = exitsOf(node).flatMap(({ to, needsKey }) => (needsKey ? [] : [placeOf(flow.id, to)]));
      const start = node.kind === 'go-to-flow' ? starts.get(node.flowId) : undefined;
      return [placeOf(flow.id, id), start === undefined ? own : [...own, start]];
    }),
  );
  return new Map(ways);
}

/** The first node of each round that comes back to itself, with its way. */
function keylessRounds(flow: Flow, flows: ReadonlyMap<string, Flow>): readonly FlowFault[] {
  const ways = keylessWays(flowsReached(flow, flows));
  const known = new Set<string>();
  return Object.keys(flow.nodes).flatMap((id) => {
    const place = placeOf(flow.id, id);
    if (known.has(place)) return [];
    const round = roundFrom(place, ways);
    if (round === null) return [];
    for (const each of round) known.add(each);
    const expected = 'a round in which the caller is asked for a key, or a way out of it';
    const names = round.map((each) => (each.startsWith(`${flow.id}/`) ? each.slice(flow.id.length + 1) : each));
    return [{ field: fieldOf(id), found: `a round without a key: ${[...names, id].join(', ')}`, expected }];
  });
}

/** The shortest way from a node back to it; null when there is none. */
function roundFrom(start: string, ways: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const before = new Map<string, string>();
  const open = [start];
  for (const at of open) {
    for (const to of ways.get(at) ?? []) {
      if (to === start) return traced(at, start, before);
      if (before.has(to)) continue;
      before.set(to, at);
      open.push(to);
    }
  }
  return null;
}

function traced(end: string, start: string, before: ReadonlyMap<string, string>): readonly string[] {
  const way = [end];
  for (let at = end; at !== start; ) {
    at = before.get(at) ?? start;
    way.unshift(at);
  }
  return way;
}

/** The texts of a node in which tokens stand for what is known of a call. */
function templatesOf(node: FlowNode): readonly (readonly [field: string, value: unknown])[] {
  if (node.kind === 'set-tag') return [['value', node.value]];
  if (node.kind !== 'webhook') return [];
  return (['url', 'headers', 'fields'] as const).map((name) => [`request.${name}`, node.request[name]] as const);
}

type IsKnown = (tag: string) => boolean;

function templateFaults(id: string, node: FlowNode, isKnown: IsKnown): readonly FlowFault[] {
  const expected = 'a tag of the call such as "caller.state", or one that a node of a flow sets, such as "ivr.zip"';
  const isFilled: IsKnown = (name) => isKnown(name) || (node.kind === 'webhook' && name === 'call_id');
  return templatesOf(node).flatMap(([field, value]) =>
    tokensIn(value)
      .filter((name) => !isFilled(name))
      .map((name) => ({ field: fieldOf(id, field), found: `the token ${quoted(name)}`, expected })),
  );
}

function speechFaults(id: string, node: FlowNode, isKnown: IsKnown): readonly FlowFault[] {
  const expected =
    'one of {{state}}, {{area_code}}, {{campaign}}, {{source}} and {{tag:...}} with a tag that a call may have';
  return saidBy(node).flatMap(({ field, said }) => {
    if (said.kind === 'prompt') return [];
    const isSpoken: IsKnown = (tag) => isKnown(tag) || (node.kind === 'queue' && tag === QUEUE_POSITION);
    const unknown = unknownToken(said.text) ?? spokenTags(said.text).find((tag) => !isSpoken(tag)) ?? null;
    return unknown === null
      ? []
      : [{ field: fieldOf(id, `${field}.text`), found: `the token ${quoted(unknown)}`, expected }];
  });
}

function tokenFaults(flow: Flow, flows: ReadonlyMap<string, Flow>): readonly FlowFault[] {
  const set = new Set([...flows.values()].flatMap((each) => Object.values(each.nodes).flatMap(tagsSetBy)));
  const isKnown: IsKnown = (name) =>
    isKnownTag(name) || (name.startsWith('ivr.') && set.has(name.slice('ivr.'.length)));
  return Object.entries(flow.nodes).flatMap(([id, node]) => [
    ...templateFaults(id, node, isKnown),
    ...speechFaults(id, node, isKnown),
  ]);
}

function nodeFaults(id: string, node: FlowNode): readonly FlowFault[] {
  if (node.kind === 'menu' && Object.keys(node.keys).length === 0) {
    return [{ field: fieldOf(id, 'keys'), found: 'no key', expected: 'at least one key with its way on' }];
  }
  if (node.kind === 'menu') return phraseFaults(node).map((fault) => ({ ...fault, field: fieldOf(id, fault.field) }));
  if (node.kind === 'gather' && node.minDigits > node.maxDigits) {
    const expected = `at least minDigits, which is ${node.minDigits}`;
    return [{ field: fieldOf(id, 'maxDigits'), found: String(node.maxDigits), expected }];
  }
  if (node.kind === 'splitter') {
    const sum = node.shares.reduce((total, { percent }) => total + percent, 0);
    if (sum !== 100) {
      return [{ field: fieldOf(id, 'shares'), found: `${sum} % in all`, expected: 'shares of 100 % in all' }];
    }
  }
  return [];
}

/** `flows` holds the flow itself, and those to which it may lead. */
export function flowFaults(flow: Flow, flows: ReadonlyMap<string, Flow>): readonly FlowFault[] {
  const single = Object.entries(flow.nodes).flatMap(([id, node]) => nodeFaults(id, node));
  const lost = lostWays(flow);
  // What follows from a lost way would hide the one fault that has to be mended.
  const walked = lost.length > 0 ? [] : [...unreachable(flow), ...withoutEnd(flow), ...keylessRounds(flow, flows)];
  return [...single, ...lost, ...walked, ...tokenFaults(flow, flows)];
}
