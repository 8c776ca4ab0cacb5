/**
 * Draws in proportion to weights, without looking at more of the list than it must. Used for targets of one price, members
 * of one priority, and shares of the calls.
 */

/** So many draws that hit what is not left mean that little is left: then it is counted out. More are tried of a long list. */
const DRAWS_MIN = 8;
const MEMBERS_PER_DRAW = 16;

export interface WeightedList<Item> {
  /** Those with a weight first. */
  readonly members: readonly Item[];
  /** Sum of the weights up to and with each of them. */
  readonly weightsUpTo: Float64Array;
  readonly totalWeight: number;
}

export function weightedList<Item>(items: readonly Item[], weightOf: (item: Item) => number): WeightedList<Item> {
  const weighted = items.filter((item) => weightOf(item) > 0);
  const weightsUpTo = new Float64Array(weighted.length);
  let sum = 0;
  weighted.forEach((item, index) => {
    sum += weightOf(item);
    weightsUpTo[index] = sum;
  });
  const members = [...weighted, ...items.filter((item) => weightOf(item) <= 0)];
  return { members, weightsUpTo, totalWeight: sum };
}

/**
 * One of those that are left on any of the lists, which are as one list; null when none is. Drawing again what is not left is
 * drawing among the others, as long as these are many. Members without a weight come when nobody else is left. `random` answers
 * numbers from 0 to 1, exclusive.
 */
export function drawOne<Item>(
  lists: readonly WeightedList<Item>[],
  isLeft: (item: Item) => boolean,
  random: () => number,
): Item | null {
  let total = 0;
  let size = 0;
  for (const list of lists) {
    total += list.totalWeight;
    size += list.members.length;
  }
  const drawsMax = Math.max(DRAWS_MIN, size / MEMBERS_PER_DRAW);
  for (let draws = 0; draws < drawsMax && total > 0; draws += 1) {
    const item = memberAt(lists, random() * total);
    if (item !== undefined && isLeft(item)) return item;
  }
  return countOut(lists, isLeft, random);
}

/** Whom the sum of the weights comes to at `sought`. */
function memberAt<Item>(lists: readonly WeightedList<Item>[], sought: number): Item | undefined {
  let rest = sought;
  for (const { members, weightsUpTo, totalWeight } of lists) {
    if (rest < totalWeight) return members[firstAbove(weightsUpTo, rest)];
    rest -= totalWeight;
  }
  return undefined;
}

function countOut<Item>(
  lists: readonly WeightedList<Item>[],
  isLeft: (item: Item) => boolean,
  random: () => number,
): Item | null {
  const left: { readonly item: Item; readonly weight: number }[] = [];
  let sum = 0;
  for (const { members, weightsUpTo, totalWeight } of lists) {
    members.forEach((item, place) => {
      if (!isLeft(item)) return;
      const weight = (weightsUpTo[place] ?? totalWeight) - (place === 0 ? 0 : (weightsUpTo[place - 1] ?? totalWeight));
      left.push({ item, weight });
      sum += weight;
    });
  }
  if (left.length === 0) return null;
  let rest = random() * sum;
  const drawn = left.find(({ weight }) => {
    rest -= weight;
    return rest < 0;
  });
  return (drawn ?? left[0])?.item ?? null;
}

/** The first place whose value is above `sought`; the values grow. */
function firstAbove(values: Float64Array, sought: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) > sought) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Efraimidis and Spirakis: sorting by u^(1/w) draws without replacement in proportion to w. */
export function inDrawnOrder<Item>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
  random: () => number,
): Item[] {
  if (items.length < 2) return [...items];
  const keyed = items.map((item) => {
    const weight = weightOf(item);
    return { item, draw: weight <= 0 ? 0 : random() ** (1 / weight) };
  });
  return keyed.sort((left, right) => right.draw - left.draw).map(({ item }) => item);
}
