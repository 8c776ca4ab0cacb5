/** How an environment variable is described: its schema with group, unit and meaning. Used by env.ts and by the groups that have a file of their own. */
import { Type } from 'typebox';

/** Sections of the table, in its order. */
export type VariableGroup =
  | 'Node'
  | 'API'
  | 'Files'
  | 'Telephony'
  | 'Embedded switch'
  | 'Calls'
  | 'Bidders'
  | 'Speech'
  | 'Mail';

/** A type and not an interface: only a type may be handed to TypeBox's open-ended options. */
type Meaning = {
  readonly group: VariableGroup;
  readonly description: string;
  /** Absent for words, names, addresses and paths. */
  readonly unit?: 'ms' | 'MB' | 'calls' | 'threads' | 'requests' | 'events';
  /** What stands in the table when there is no fixed default. */
  readonly derived?: string;
};

/** 0 takes a free port; only what the embedded switch binds itself may be 0. */
export const port = (options: Meaning & { default: number }) =>
  Type.Integer({ minimum: 0, maximum: 65_535, ...options });
export const whole = (options: Meaning & { default: number; minimum: number; maximum: number }) =>
  Type.Integer(options);
export const word = <W extends string[]>(words: readonly [...W], options: Meaning & { default: W[number] }) =>
  Type.Enum(words, options);
export const text = (options: Meaning & { default: string; pattern?: string }) => Type.String(options);
export const optionalText = (options: Meaning) => Type.Optional(Type.String(options));
