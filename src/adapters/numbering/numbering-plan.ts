/**
 * National and international number forms to E.164, over libphonenumber-js with its small metadata. Called at the edges
 * (an INVITE's called and calling number, a bidder's answer, a configuration file); it must never throw on caller data.
 */
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { NumberingPlan } from '../../application/ports/numbering-plan.js';
import { type E164, isE164 } from '../../domain/trunks/phone-number.js';
import { areaOf } from './area-table.js';

/** A number with its punctuation, a leading `+`, or the `tel:` scheme of RFC 3966 without parameters. */
const NUMBER_FORM = /^(?:tel:)?\+?[\d().\-/ \u00a0]{3,32}$/i;

/**
 * A number that is possible by its length is accepted, though it may be assigned to nobody: test ranges such as
 * 212-555-01XX must pass. Letters ("1-800-FLOWERS") and extensions are refused: nobody dials what was not written out.
 */
export function createNumberingPlan(): NumberingPlan {
  return {
    areaOf,
    toE164(text: string, country: string): E164 | null {
      const trimmed = text.trim();
      if (!NUMBER_FORM.test(trimmed)) return null;
      const number = trimmed.replace(/^tel:/i, '');
      const region = country.toUpperCase();
      const parsed = isSupportedCountry(region)
        ? parsePhoneNumberFromString(number, { defaultCountry: region, extract: false })
        : parsePhoneNumberFromString(number, { extract: false });
      if (parsed === undefined || !parsed.isPossible()) return null;
      return isE164(parsed.number) ? parsed.number : null;
    },
    toNational(number: E164, country: string): string | null {
      const region = country.toUpperCase();
      const parsed = parsePhoneNumberFromString(number);
      if (parsed === undefined || !isSupportedCountry(region)) return null;
      return parsed.countryCallingCode === getCountryCallingCode(region)
        ? parsed.formatNational().replace(/\D/g, '')
        : null;
    },
  };
}
