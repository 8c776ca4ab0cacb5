/**
 * Takes a caller's number out of everything that is told of a call: not only where it stands by itself, but also where a
 * SIP URI, an SDP or the words of a bidder repeat it. Called for whoever may see calls and not the numbers of callers.
 */
import { maskNumber } from '../trunks/phone-number.js';

/** National significant numbers are found too, for they are the end of the international one. */
const COMPARED_DIGITS = 10;
const FEWEST_DIGITS = 7;

function endOf(callerNumber: string): string | null {
  const digits = callerNumber.replace(/\D/g, '');
  return digits.length < FEWEST_DIGITS ? null : digits.slice(-COMPARED_DIGITS);
}

/** Whether a text is, or holds, what would be masked. */
function repeats(part: unknown, callerNumber: string, end: string | null): boolean {
  if (typeof part === 'string') return part === callerNumber || (end !== null && part.includes(end));
  if (typeof part !== 'object' || part === null) return false;
  for (const inner of Object.values(part)) if (repeats(inner, callerNumber, end)) return true;
  return false;
}

/**
 * Plain data in which the number is masked, wherever it stands in a text: a copy, or the value itself when it does not hold the
 * number, as hardly any step of a call does.
 */
export function withoutCaller<Value>(value: Value, callerNumber: string): Value {
  const end = endOf(callerNumber);
  if (!repeats(value, callerNumber, end)) return value;
  const masked = end === null ? null : `${'*'.repeat(end.length - 2)}${end.slice(-2)}`;
  const copy = (part: unknown): unknown => {
    if (typeof part === 'string') {
      if (part === callerNumber) return maskNumber(part);
      return end === null || masked === null ? part : part.replaceAll(end, masked);
    }
    if (Array.isArray(part)) return part.map(copy);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, copy(inner)]));
  };
  return copy(value) as Value;
}
