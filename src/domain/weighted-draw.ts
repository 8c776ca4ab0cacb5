/**
 * Draws in proportion to weights, without looking at more of the list than it must. Used for targets of one price, members
 * of one priority, and shares of the calls.
 */

/** So many draws that hit what is not left mean that little is left: then it is counted out. */
const DRAWS_MAX = 8;

export interface WeightedList<Item> {
  /** Those with a weight first. */
  readonly members: readonly Item[];
  /** Sum of the weights up to and with each of them. */
  readonly weightsUpTo: Float64Array;
}

export function weightedList<Item>(items: readonly Item[], weightOf: (item: Item) => number): WeightedList<Item> {
  const weighted = items.filter((item) => weightOf(item) > 0);
  const weightsUpTo = new Float64Array(weighted.length);
  let sum = 0;
  weighted.forEach((item, index) => {
    sum += weightOf(item);
    weightsUpTo[index] = sum;
  });
  return { members: [...weighted, ...items.filter((item) => weightOf(item) <= 0)], weightsUpTo };
}

/**
 * The place of one that is left; null when none is. Drawing again what is not left is drawing among the others, as long as
 * these are many. Members without a weight come when nobody else is left. `random` answers numbers from 0 to 1, exclusive.
 */
export function drawPlace<Item>(
  { members, weightsUpTo }: WeightedList<Item>,
  isLeft: (place: number) => boolean,
  random: () => number,
): number | null {
  const total = weightsUpTo.at(-1) ?? 0;
  for (let draws = 0; draws < DRAWS_MAX && total > 0; draws += 1) {
    const place = firstAbove(weightsUpTo, random() * total);
    if (isLeft(place)) return place;
  }
  const left = [...members.keys()].filter(isLeft);
  const weights = left.map(
    (place) => (weightsUpTo[place] ?? total) - (place === 0 ? 0 : (weightsUpTo[place - 1] ?? total)),
  );
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const at = weights.findIndex((weight) => {
    rest -= weight;
    return rest < 0;
  });
  return left[Math.max(0, at)] ?? null;
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
