/**
 * Asks a caller for keys, as often as the node allows: prompt, keys, and when they are none or the wrong ones the question again. Where the
 * node takes speech he may say them; a key that he presses wins. Called for menus, digits and directories.
 */
import type { DigitForm, DigitTerms, KeyTerms } from '../../domain/flows/flow.js';
import type { FlowRun } from './flow-run.js';
import { type Answer, answerByVoice, type VoiceTerms, voiceMs } from './voice-answer.js';

export type Asked =
  | { readonly kind: 'keys'; readonly keys: string }
  | { readonly kind: 'no-input' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'caller-gone' };

/** What the keys are judged by; null for good ones, else a clause for the timeline, which holds no key. */
export type KeyCheck = (keys: string) => string | null;

const MARGIN_MS = 1_000;

interface Question {
  readonly terms: KeyTerms;
  /** How long keys are waited for, all in all. */
  readonly keysMs: number;
  /** Null when no key came in time. */
  readonly read: () => Promise<string | null>;
  readonly judge: KeyCheck;
  /** Null for keys alone. */
  readonly voice: VoiceTerms | null;
}

async function answerByKeys({ read }: Question): Promise<Answer> {
  const keys = await read();
  return keys === null ? { kind: 'none', why: 'no key pressed' } : { kind: 'keys', keys, heard: null };
}

async function ask(run: FlowRun, question: Question): Promise<Asked> {
  const { terms, keysMs, judge, voice } = question;
  const byKeys = () => answerByKeys(question);
  const silenceMs = Math.max(keysMs, voiceMs(run, terms, voice)) + MARGIN_MS;
  let last: Asked = { kind: 'no-input' };
  for (let attempt = 1; attempt <= terms.maxTries; attempt += 1) {
    if (attempt > 1) {
      const again = last.kind === 'invalid' ? terms.invalidPrompt : terms.noInputPrompt;
      if (again !== null) await run.say(again, terms.isInterruptible);
    }
    await run.say(terms.prompt, terms.isInterruptible, silenceMs);
    const answer = voice === null ? await byKeys() : await answerByVoice(run, terms, voice, byKeys);
    await run.untilLeft();
    run.noteKeys();
    if (run.isOver) return { kind: 'caller-gone' };
    const fault = answer.kind === 'keys' ? judge(answer.keys) : answer.why;
    const heard = answer.kind === 'keys' ? answer.heard : null;
    if (answer.kind === 'keys' && fault === null) {
      if (heard !== null) run.noteSpoken(answer.keys.length, heard);
      return { kind: 'keys', keys: answer.keys };
    }
    const why = heard === null ? (fault ?? '') : `${heard}, ${fault}`;
    run.tell(`${why} (${attempt} of ${terms.maxTries})`, {
      attempt,
      keys: answer.kind === 'keys' ? answer.keys.length : 0,
    });
    // What came behind a wrong entry was pressed in the belief that it was right.
    run.keys.clear();
    last = { kind: answer.kind === 'none' ? 'no-input' : 'invalid' };
  }
  return last;
}

export function askKey(
  run: FlowRun,
  terms: KeyTerms,
  judge: KeyCheck,
  voice: VoiceTerms | null = null,
): Promise<Asked> {
  const read = () => run.keys.next(terms.timeoutMs);
  return ask(run, { terms, keysMs: terms.timeoutMs, read, judge, voice });
}

async function readDigits(run: FlowRun, terms: DigitTerms, firstMs: number): Promise<string | null> {
  const { keys } = run;
  let digits = '';
  while (digits.length < terms.maxDigits) {
    const key = await keys.next(digits === '' ? firstMs : terms.digitTimeoutMs);
    if (key === null) return digits === '' ? null : digits;
    if (key === terms.terminator) return digits;
    digits += key;
  }
  keys.ignoreTrailing(terms.terminator);
  return digits;
}

export function askDigits(
  run: FlowRun,
  terms: KeyTerms & DigitTerms,
  judge: KeyCheck,
  voice: VoiceTerms | null = null,
): Promise<Asked> {
  const { minDigits, maxDigits, digitTimeoutMs, timeoutMs } = terms;
  const check: KeyCheck = ({ length }) => {
    if (length < minDigits) return `${length} keys where ${minDigits} are needed`;
    return length > maxDigits ? `${length} keys where ${maxDigits} are the most` : null;
  };
  const read = () => readDigits(run, terms, timeoutMs);
  const keysMs = timeoutMs + maxDigits * digitTimeoutMs;
  return ask(run, { terms, keysMs, read, judge: (digits) => check(digits) ?? judge(digits), voice });
}

/** ZIP codes that the postal service gives out. */
const [FIRST_ZIP, LAST_ZIP] = [501, 99_950];

/** Judges digits by the form that they should have. */
export function formCheck(form: DigitForm, toE164: (text: string) => string | null): KeyCheck {
  switch (form) {
    case 'any':
      return () => null;
    case 'zip':
      return (digits) =>
        /^\d{5}$/.test(digits) && Number(digits) >= FIRST_ZIP && Number(digits) <= LAST_ZIP ? null : 'no ZIP code';
    case 'phone-number':
      return (digits) => (toE164(digits) === null ? 'no telephone number' : null);
  }
}
