/**
 * Telephone numbers as the flow carries them: E.164 with its plus sign (ITU-T E.164: at most 15 digits, no leading
 * zero). National forms are turned into it at the edge, by the `NumberingPlan` port, and never inside.
 */
export type E164 = string & { readonly __e164: true };

const E164_FORM = /^\+[1-9]\d{6,14}$/;

export function isE164(value: string): value is E164 {
  return E164_FORM.test(value);
}

/** Keeps the country and the last two digits: enough to recognise a call in a log, too little to ring anybody. */
export function maskNumber(value: string): string {
  if (value.length <= 6) return '*'.repeat(value.length);
  return `${value.slice(0, 3)}${'*'.repeat(value.length - 5)}${value.slice(-2)}`;
}
