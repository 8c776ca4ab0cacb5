/**
 * Texts that are spoken, with tokens such as `{{state}}` or `{{tag:ping.zip|no ZIP}}` for what is known of a call. A value is
 * caller data: it may only add words, so that no text can become a command of a speech engine or a file of its own making.
 */
import type { CallTags } from '../calls/call-tags.js';
import { STATE_NAMES } from './state-names.js';

/** What a whisper may say of a call; besides these `tag:` and the name of any tag. */
export const SPOKEN_TOKENS = ['state', 'area_code', 'campaign', 'source'] as const;

export interface SpokenValues {
  readonly tags: CallTags;
  /** Names as people call them. */
  readonly campaign: string;
  readonly source: string;
}

const TOKEN = /\{\{\s*([^{}|]*?)\s*(?:\|([^{}]*))?\}\}/g;
const TAG = /^tag:[a-z][a-z0-9_]{0,31}(\.[a-z0-9_]{1,32}){0,2}$/;
const LONGEST_VALUE = 60;

function isKnown(token: string): boolean {
  return TAG.test(token) || SPOKEN_TOKENS.some((known) => known === token);
}

export function hasTokens(text: string): boolean {
  return text.includes('{{');
}

/** The first token that nothing can be said for, as it stands in the text; null when there is none. */
export function unknownToken(text: string): string | null {
  for (const [whole, token = ''] of text.matchAll(TOKEN)) if (!isKnown(token)) return whole;
  return /\{\{[^{}]{0,40}|[^{}]{0,40}\}\}/.exec(text.replace(TOKEN, ' '))?.[0] ?? null;
}

/** The tags that a text names, with all that is before their dots. */
export function spokenTags(text: string): readonly string[] {
  return [...text.matchAll(TOKEN)].flatMap(([, token = '']) =>
    token.startsWith('tag:') ? [token.slice('tag:'.length)] : [],
  );
}

function filled(text: string, fill: (token: string) => string | null): string {
  const said = text.replace(TOKEN, (_whole, token: string, otherwise: string | undefined) => {
    return fill(token) ?? otherwise ?? '';
  });
  return said
    .replace(/ {2,}/g, ' ')
    .replace(/ ([.,;:!?])/g, '$1')
    .trim();
}

/** Spoken when nothing of the call is known, or there is no time: every token gives way to what follows its `|`. */
export function plainText(text: string): string {
  return hasTokens(text) ? filled(text, () => null) : text;
}

/** Letters, digits and blanks of a value, at most 60 characters; digits of a long number are said one by one. Null when nothing is left. */
export function sayable(value: string): string | null {
  const words = value
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
  const cut = [...words].slice(0, LONGEST_VALUE).join('').trim();
  if (cut === '') return null;
  return cut.replace(/\d{3,}/g, (digits) => [...digits].join(' '));
}

function rawValue(token: string, { tags, campaign, source }: SpokenValues): string | null {
  switch (token) {
    case 'campaign':
      return campaign;
    case 'source':
      return source;
    case 'state': {
      const state = tags.get('caller.state');
      return state === undefined ? null : (STATE_NAMES.get(state) ?? state);
    }
    case 'area_code':
      return tags.get('caller.area_code') ?? null;
    default:
      return tags.get(token.slice('tag:'.length)) ?? null;
  }
}

export function spokenText(text: string, values: SpokenValues): string {
  return filled(text, (token) => {
    const value = rawValue(token, values);
    return value === null ? null : sayable(value);
  });
}
