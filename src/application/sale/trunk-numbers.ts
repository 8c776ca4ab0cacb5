/** Numbers as a trunk writes them and wants them written: +E.164, E.164 without its plus sign, or the national form. */
import { type E164, isE164 } from '../../domain/trunks/phone-number.js';
import type { Trunk } from '../../domain/trunks/trunk.js';
import type { NumberingPlan } from '../ports/numbering-plan.js';

const DIGITS = /^\d{7,15}$/;

/** Null when it is no number in the trunk's form. */
export function readNumber(
  numbers: NumberingPlan,
  text: string,
  { numberFormatIn, defaultCountry }: Pick<Trunk, 'numberFormatIn' | 'defaultCountry'>,
): E164 | null {
  switch (numberFormatIn) {
    case 'any':
    case 'national':
      return numbers.toE164(text, defaultCountry);
    case '+e164':
      return text.trim().startsWith('+') ? numbers.toE164(text, defaultCountry) : null;
    case 'e164':
      return numbers.toE164(DIGITS.test(text) ? `+${text}` : text, defaultCountry);
  }
}

/** What is no number in E.164, such as "anonymous", stays as it is. */
export function writeNumber(
  numbers: NumberingPlan,
  text: string,
  { numberFormatOut, defaultCountry }: Pick<Trunk, 'numberFormatOut' | 'defaultCountry'>,
): string {
  if (!isE164(text)) return text;
  switch (numberFormatOut) {
    case '+e164':
      return text;
    case 'e164':
      return text.slice(1);
    case 'national':
      // A number of another country has no national form here.
      return numbers.toNational(text, defaultCountry) ?? text;
  }
}
