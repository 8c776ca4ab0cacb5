/** What changes from one version of a plan to another, node by node, in sentences for people and in data. */
import { memberKeyOf, nodesOf, type PlacedNode, type Plan, type PlanNode } from './plan.js';

export interface PlanChange {
  readonly kind: 'added' | 'removed' | 'moved' | 'changed';
  /** Where it stands now; where it stood, when it is removed. */
  readonly place: string;
  /** Such as "target alpha in group texas". */
  readonly node: string;
  /** Null but for `changed`. */
  readonly field: string | null;
  readonly from: unknown;
  readonly to: unknown;
  readonly sentence: string;
}

interface Found {
  readonly placed: PlacedNode;
  readonly name: string;
  /** Among its siblings. */
  readonly index: number;
  readonly parentKey: string;
}

/** A group is known by its id wherever it stands; a target or a link by the group that it stands in as well. */
function found(plan: Plan): ReadonlyMap<string, Found> {
  const all = new Map<string, Found>();
  for (const placed of nodesOf(plan)) {
    const { node, within } = placed;
    const parent = within.at(-1);
    const key = memberKeyOf(node);
    const [kind, ...id] = key.split(':');
    const name = `${kind} ${id.join(':')}${parent === undefined || node.kind === 'group' ? '' : ` in group ${parent.id}`}`;
    const parentKey = parent === undefined ? '' : parent.id;
    const index = parent === undefined ? 0 : parent.members.indexOf(node);
    all.set(node.kind === 'group' ? key : `${parentKey}/${key}`, { placed, name, index, parentKey });
  }
  return all;
}

function fieldsOf(node: PlanNode): Readonly<Record<string, unknown>> {
  if (node.kind !== 'group') return { priority: node.priority, weight: node.weight, condition: node.condition };
  const { kind: _kind, id: _id, members: _members, strategy, ...fields } = node;
  const { kind: strategyName, ...settings } = strategy;
  return { ...fields, strategy: strategyName, ...settings };
}

const shown = (value: unknown): string => (value === null || value === undefined ? 'nothing' : JSON.stringify(value));

function changesOf(before: Found, after: Found): readonly PlanChange[] {
  const { path: place } = after.placed;
  const [old, now] = [fieldsOf(before.placed.node), fieldsOf(after.placed.node)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const changed = names.flatMap((field): readonly PlanChange[] => {
    const [from = null, to = null] = [old[field], now[field]];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    const sentence = `${after.name}: ${field} was ${shown(from)}, is ${shown(to)}`;
    return [{ kind: 'changed', place, node: after.name, field, from, to, sentence }];
  });
  if (before.parentKey === after.parentKey) return changed;
  const sentence = `${after.name} moves from group ${before.parentKey} to group ${after.parentKey}`;
  return [...changed, moved(after, before.placed.path, sentence)];
}

function moved({ placed, name }: Found, from: string, sentence: string): PlanChange {
  return { kind: 'moved', place: placed.path, node: name, field: null, from, to: placed.path, sentence };
}

/** Siblings that stay, whose order among each other is another one now. */
function reordered(before: ReadonlyMap<string, Found>, after: ReadonlyMap<string, Found>): readonly PlanChange[] {
  const groups = new Set([...after.values()].map(({ parentKey }) => parentKey));
  return [...groups].flatMap((parentKey) => {
    const stay = [...after].filter(
      ([key, each]) => each.parentKey === parentKey && before.get(key)?.parentKey === parentKey,
    );
    const old = [...stay].sort(([left], [right]) => (before.get(left)?.index ?? 0) - (before.get(right)?.index ?? 0));
    return stay.flatMap(([key, each], at) => {
      const was = old.findIndex(([other]) => other === key);
      if (was === at) return [];
      const sentence = `${each.name} is number ${at + 1} of those that stay, and was number ${was + 1}`;
      return [moved(each, before.get(key)?.placed.path ?? '', sentence)];
    });
  });
}

/** `before` is null for a plan that was never published. */
export function diffOfPlans(before: Plan | null, after: Plan): readonly PlanChange[] {
  const old = before === null ? new Map<string, Found>() : found(before);
  const now = found(after);
  const single = (kind: 'added' | 'removed', { placed, name }: Found): PlanChange => {
    return { kind, place: placed.path, node: name, field: null, from: null, to: null, sentence: `${name} is ${kind}` };
  };
  const renamed: readonly PlanChange[] =
    before === null || before.name === after.name
      ? []
      : [
          {
            ...{
              kind: 'changed',
              place: '',
              node: `plan ${after.id}`,
              field: 'name',
              from: before.name,
              to: after.name,
            },
            sentence: `plan ${after.id}: name was ${shown(before.name)}, is ${shown(after.name)}`,
          },
        ];
  return [
    ...renamed,
    ...[...old].flatMap(([key, each]) => (now.has(key) ? [] : [single('removed', each)])),
    ...[...now].flatMap(([key, each]) => {
      const known = old.get(key);
      return known === undefined ? [single('added', each)] : changesOf(known, each);
    }),
    ...reordered(old, now),
  ];
}
