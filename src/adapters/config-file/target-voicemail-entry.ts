/** The voicemail of a target, as a configuration file has it. */
import Type, { type Static } from 'typebox';
import type { TargetVoicemail } from '../../domain/campaigns/buyer.js';
import { milliseconds, orNull, PROMPT_ID } from './field.js';

const LIMIT_MS = 120_000;

export const TARGET_VOICEMAIL = orNull(
  Type.Object(
    { greetingPromptId: orNull(PROMPT_ID), limitMs: Type.Optional(milliseconds(1_000, 600_000)) },
    { description: 'a voicemail with its greetingPromptId and limitMs' },
  ),
);

export function targetVoicemailOf(entry: Static<typeof TARGET_VOICEMAIL> | undefined): TargetVoicemail | null {
  if (entry === undefined || entry === null) return null;
  return { greetingPromptId: entry.greetingPromptId ?? null, limitMs: entry.limitMs ?? LIMIT_MS };
}
