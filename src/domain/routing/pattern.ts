/**
 * Regular expressions of conditions. The engine is given at start, since the domain has none: it must be one whose time is linear in the
 * text, for an admin writes the expression and a stranger the text. Without an engine, and for what it refuses, nothing matches.
 */
export interface Pattern {
  matches(text: string): boolean;
}

/** Null for what is no expression. Must not throw. */
export type PatternEngine = (source: string) => Pattern | null;

/** More than all conditions of a configuration have; forgotten together, since old ones go with their version. */
const MOST_KNOWN = 10_000;

const known = new Map<string, Pattern | null>();
let engine: PatternEngine = () => null;

export function givePatternEngine(given: PatternEngine): void {
  engine = given;
  known.clear();
}

/** Compiled once. */
export function patternOf(source: string): Pattern | null {
  const found = known.get(source);
  if (found !== undefined) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const made = engine(source);
  known.set(source, made);
  return made;
}
