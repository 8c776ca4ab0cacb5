/** The key with which a buyer takes a call, as a configuration file has it. */
import Type from 'typebox';
import { milliseconds, orNull, PROMPT_ID } from './field.js';

const VOICEMAIL_DROP = orNull(
  Type.Object({ promptId: PROMPT_ID, afterMs: Type.Optional(milliseconds(0, 60_000)) }, { description: 'a message' }),
);

export const ACCEPT_KEY = orNull(
  Type.Object(
    {
      digit: Type.Optional(Type.String({ pattern: '^[0-9*#]$', description: 'one of the keys 0 to 9, * and #' })),
      timeoutMs: Type.Optional(milliseconds(1_000, 60_000)),
      promptId: orNull(PROMPT_ID),
      voicemailDrop: VOICEMAIL_DROP,
    },
    { description: 'a key with its digit, timeoutMs, promptId and voicemailDrop' },
  ),
);
