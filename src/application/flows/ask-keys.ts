/**
 * Asks a caller for keys, as often as the node allows: prompt, keys, and when they are none or the wrong ones the question again.
 * Called for menus, digits and directories.
 */
import type { DigitForm, DigitTerms, KeyTerms } from '../../domain/flows/flow.js';
import type { FlowRun } from './flow-run.js';

export type Asked =
  | { readonly kind: 'keys'; readonly keys: string }
  | { readonly kind: 'no-input' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'caller-gone' };

/** What the keys are judged by; null for good ones, else a clause for the timeline, which holds no key. */
export type KeyCheck = (keys: string) => string | null;

const MARGIN_MS = 1_000;

/** Null when no key came in time. */
type Read = () => Promise<string | null>;

async function ask(run: FlowRun, terms: KeyTerms, silenceMs: number, read: Read, judge: KeyCheck): Promise<Asked> {
  let last: Asked = { kind: 'no-input' };
  for (let attempt = 1; attempt <= terms.maxTries; attempt += 1) {
    if (attempt > 1) {
      const again = last.kind === 'invalid' ? terms.invalidPrompt : terms.noInputPrompt;
      if (again !== null) await run.say(again, terms.isInterruptible);
    }
    await run.say(terms.prompt, terms.isInterruptible, silenceMs);
    const keys = await read();
    await run.untilLeft();
    run.noteKeys();
    if (run.isOver) return { kind: 'caller-gone' };
    const fault = keys === null ? 'no key pressed' : judge(keys);
    if (keys !== null && fault === null) return { kind: 'keys', keys };
    run.tell(`${fault ?? ''} (${attempt} of ${terms.maxTries})`, { attempt, keys: keys?.length ?? 0 });
    // What came behind a wrong entry was pressed in the belief that it was right.
    run.keys.clear();
    last = { kind: keys === null ? 'no-input' : 'invalid' };
  }
  return last;
}

export function askKey(run: FlowRun, terms: KeyTerms, judge: KeyCheck): Promise<Asked> {
  return ask(run, terms, terms.timeoutMs + MARGIN_MS, () => run.keys.next(terms.timeoutMs), judge);
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

export function askDigits(run: FlowRun, terms: KeyTerms & DigitTerms, judge: KeyCheck): Promise<Asked> {
  const { minDigits, maxDigits, digitTimeoutMs, timeoutMs } = terms;
  const wholeMs = timeoutMs + maxDigits * digitTimeoutMs + MARGIN_MS;
  const check: KeyCheck = (digits) =>
    digits.length < minDigits ? `${digits.length} keys where ${minDigits} are needed` : judge(digits);
  return ask(run, terms, wholeMs, () => readDigits(run, terms, timeoutMs), check);
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
