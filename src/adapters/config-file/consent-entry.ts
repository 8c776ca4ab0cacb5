/** Whose consent a campaign's recordings need, as a configuration file has it. The list of states that is shipped may be replaced. */
import Type, { type Static } from 'typebox';
import { ALL_PARTY_STATUTES, type ConsentRule } from '../../domain/calls/recording-consent.js';
import { orNull } from './field.js';

const STATE = Type.String({ pattern: '^[A-Z]{2}$', description: 'a state or province of two letters, such as "CA"' });

const RULE = Type.Object(
  { states: Type.Optional(Type.Array(STATE, { maxItems: 70, description: 'a list of states such as "CA"' })) },
  { description: 'an object with states, which may be absent' },
);

export const CONSENT = orNull(RULE);

export function consentOf(entry: Static<typeof RULE> | null | undefined): ConsentRule | null {
  if (entry === null || entry === undefined) return null;
  return { states: entry.states ?? Object.keys(ALL_PARTY_STATUTES) };
}
