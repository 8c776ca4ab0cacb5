/** Keys that come in SIP INFO: application/dtmf-relay (`Signal=5`, `Duration=160`) and application/dtmf (a bare digit). */
const DIGITS = '0123456789*#ABCD';

/** Null when the message is not about DTMF or names no key. 10 and 11 stand for `*` and `#`, 12 to 15 for A to D. */
export function readInfoDigit(contentType: string | undefined, body: string | undefined): string | null {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase();
  if (body === undefined || body.length > 256) return null;
  if (type === 'application/dtmf-relay') return toDigit(/signal\s*=\s*([0-9*#A-D]{1,2})/i.exec(body)?.[1]);
  if (type === 'application/dtmf') return toDigit(/^\s*([0-9*#A-D]{1,2})\s*$/i.exec(body)?.[1]);
  return null;
}

function toDigit(signal: string | undefined): string | null {
  if (signal === undefined) return null;
  if (signal.length === 1) return signal.toUpperCase();
  return DIGITS[Number(signal)] ?? null;
}
