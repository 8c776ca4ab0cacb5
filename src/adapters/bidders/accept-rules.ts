/** The rules that make an answer a bid: all of a dialect's rules must hold. Each failed rule is a sentence for the bid log. */
import { assertNever } from '../../domain/assert-never.js';
import type { AcceptRule } from '../../domain/bidding/bidder.js';
import { compilePath, printable } from './dotted-path.js';

export type AcceptTest = (answer: unknown) => string | null;

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Bidders write `1`, `"1"` and `true` for the same thing from one release to the next: the texts are compared. */
function isSame(value: unknown, expected: unknown): boolean {
  if (isScalar(value) && isScalar(expected)) return String(value) === String(expected);
  return value === undefined && expected === null;
}

function holds(rule: AcceptRule, value: unknown): boolean {
  switch (rule.operator) {
    case 'equals':
      return isSame(value, rule.value);
    case 'not-equals':
      return !isSame(value, rule.value);
    case 'exists':
      return (value !== undefined) === (rule.value !== false);
    case 'in':
      return Array.isArray(rule.value) && rule.value.some((item) => isSame(value, item));
    case 'greater-than':
      return isScalar(value) && typeof value !== 'boolean' && Number(value) > Number(rule.value);
    default:
      return assertNever(rule.operator);
  }
}

/** The test gives null when the answer passes, or a sentence with the rule and the value that failed it. */
export function compileAcceptRules(rules: readonly AcceptRule[]): AcceptTest {
  // An operator that is none of ours throws here, when the dialect is compiled, and not while a caller waits.
  for (const rule of rules) holds(rule, undefined);
  const tests = rules.map((rule) => ({ rule, read: compilePath(rule.path) }));
  return (answer) => {
    for (const { rule, read } of tests) {
      const value = read(answer);
      if (holds(rule, value)) continue;
      const found = value === undefined ? 'nothing' : printable(value);
      return `${rule.path} is ${found}, wanted: ${rule.operator} ${printable(rule.value)}`;
    }
    return null;
  };
}
