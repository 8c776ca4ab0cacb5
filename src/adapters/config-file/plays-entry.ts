/** How often a prompt is heard, in a configuration file: once is said by saying nothing. */
import Type from 'typebox';
import { wholeNumber } from './field.js';

export const PLAYS = Type.Optional(wholeNumber(1, 10));

/** The field as rows and entries have it. */
export function playsOf(plays: number | null | undefined): { readonly plays?: number } {
  return (plays ?? 1) === 1 ? {} : { plays: plays ?? 1 };
}
