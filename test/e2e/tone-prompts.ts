/**
 * The prompts of the end-to-end tests: each is one pure tone, so that what a party hears at any moment is told by its frequency. No two
 * are harmonics of each other, nor of the tones that the parties send.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prompt } from '../../src/domain/prompts/prompt.js';
import { SineSum } from '../../src/embedded/media/tone.js';
import { wavHeader } from '../../src/embedded/media/wav-format.js';

const SAMPLE_RATE = 8_000;
const LEVEL_DB = -10;

/** What the two parties send, */
export const CALLER_HZ = 440;
export const BUYER_HZ = 1_000;
/** And an agent who has the caller first, and a supervisor. */
export const AGENT_HZ = 1_700;
export const SUPERVISOR_HZ = 2_270;

/** Frequency and length of each prompt, by its id. The hold music is looped. */
export const TONE_PROMPTS = {
  'short-greeting': { hz: 620, ms: 700 },
  'long-greeting': { hz: 620, ms: 6_000 },
  'hold-music': { hz: 790, ms: 2_000 },
  'ending-message': { hz: 1_370, ms: 1_500 },
  'sorry-message': { hz: 1_730, ms: 1_500 },
  'voicemail-greeting': { hz: 2_090, ms: 1_000 },
  whisper: { hz: 2_530, ms: 1_000 },
  'accept-prompt': { hz: 2_890, ms: 6_000 },
  'menu-question': { hz: 1_130, ms: 12_000 },
  'zip-question': { hz: 1_490, ms: 2_000 },
  'short-question': { hz: 1_130, ms: 800 },
  'wrong-key': { hz: 2_430, ms: 800 },
} as const;

/** Writes all of them into a folder and returns them as a configuration names them. */
export function writeTonePrompts(folder: string): Prompt[] {
  return Object.entries(TONE_PROMPTS).map(([id, { hz, ms }]) => {
    const samples = new Int16Array((ms * SAMPLE_RATE) / 1000);
    new SineSum([hz], LEVEL_DB).fill(samples, 0, samples.length);
    const data = Buffer.from(samples.buffer);
    const path = join(folder, `${id}.wav`);
    writeFileSync(path, Buffer.concat([wavHeader(1, SAMPLE_RATE, data.length), data]));
    return { id, kind: 'file', path };
  });
}
