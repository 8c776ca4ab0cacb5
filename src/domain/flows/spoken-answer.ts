/**
 * Reads what a caller has said into the keys that he would have pressed. Used by the flow with the text of a recogniser, which is caller
 * data: any text is read, and what is not clearly keys is none. When in doubt he is asked again, since a wrong ZIP code is a wrong buyer.
 */
import type { MenuKey } from './flow.js';

/** Small words without accents and punctuation; digits are words too. */
export function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFD').replace(/[\p{M}'\u2019]/gu, '');
  return plain.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

const DIGITS: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ zero: '0', oh: '0', o: '0', nought: '0', one: '1', two: '2', three: '3', four: '4' }),
  ...Object.entries({ five: '5', six: '6', seven: '7', eight: '8', nine: '9' }),
]);
/** Said as a sigh as well, so that they are digits only beside others. */
const SIGHS: ReadonlySet<string> = new Set(['oh', 'o']);
const TIMES: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['triple', 3],
]);
/** Said between two digits without a meaning. */
const BETWEEN: ReadonlySet<string> = new Set(['and', 'um', 'uh', 'er', 'dash', 'hyphen']);
/** Numbers beyond digits: nobody knows whether "twenty one" is 21 or 201, so a text with one of them is not read. */
const NUMBERS =
  /^(?:ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million)$/;

/** The digits of one word; null when it is none. `\p{N}` has other digits, which no key has. */
function digitsOf(word: string): string | null {
  return /^[0-9]+$/.test(word) ? word : (DIGITS.get(word) ?? null);
}

/** `other` ends a stretch of digits, `between` does not. */
type Token = { readonly digits: string; readonly isSigh: boolean } | 'between' | 'other';

/** Null when there is a number in it that is not read, or a "double" of nothing. */
function tokensOf(words: readonly string[]): readonly Token[] | null {
  const tokens: Token[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const times = TIMES.get(word);
    const digits = digitsOf(times === undefined ? word : (words[at + 1] ?? ''));
    if (NUMBERS.test(word) || (times !== undefined && digits?.length !== 1)) return null;
    if (digits === null) tokens.push(BETWEEN.has(word) ? 'between' : 'other');
    else tokens.push({ digits: digits.repeat(times ?? 1), isSigh: times === undefined && SIGHS.has(word) });
    if (times !== undefined) at += 1;
  }
  return tokens;
}

/** The stretches of digits, without those of sighs alone. */
function stretchesOf(tokens: readonly Token[]): readonly string[] {
  const stretches: { digits: string; isSigh: boolean }[] = [];
  let isOpen = false;
  for (const token of tokens) {
    if (token === 'between') continue;
    if (token === 'other') {
      isOpen = false;
      continue;
    }
    const last = isOpen ? stretches.pop() : undefined;
    const { digits, isSigh } = last ?? { digits: '', isSigh: true };
    stretches.push({ digits: digits + token.digits, isSigh: isSigh && token.isSigh });
    isOpen = true;
  }
  return stretches.filter(({ isSigh }) => !isSigh).map(({ digits }) => digits);
}

/** "my zip is seven eight, seven oh one" and "78701." are 78701. Null when it is not clear which digits were said. English words. */
export function spokenDigits(transcript: string): string | null {
  const [digits = null, ...others] = stretchesOf(tokensOf(wordsOf(transcript)) ?? []);
  return others.length === 0 ? digits : null;
}

function holdsPhrase(said: readonly string[], phrase: readonly string[]): boolean {
  return phrase.length > 0 && said.some((_word, at) => phrase.every((word, offset) => said[at + offset] === word));
}

/**
 * The key whose words were said: the longest phrase counts, and two keys with phrases of one length are a doubt. Without any phrase a
 * single digit is the key itself. Null when it is none.
 */
export function spokenKey(transcript: string, keys: Readonly<Record<string, MenuKey>>): string | null {
  const said = wordsOf(transcript);
  const lengths = Object.entries(keys).map(([key, { says = [] }]) => {
    const heard = says.map(wordsOf).filter((phrase) => holdsPhrase(said, phrase));
    return { key, length: Math.max(0, ...heard.map((phrase) => phrase.length)) };
  });
  const longest = Math.max(0, ...lengths.map(({ length }) => length));
  if (longest > 0) {
    const meant = lengths.filter(({ length }) => length === longest);
    return meant.length === 1 ? (meant[0]?.key ?? null) : null;
  }
  const digit = spokenDigits(transcript);
  return digit?.length === 1 && Object.hasOwn(keys, digit) ? digit : null;
}
