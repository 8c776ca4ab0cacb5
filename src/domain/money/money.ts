/**
 * Money as integer micro-units (1,000,000 to the unit of the currency), so that no sum is ever rounded on its way. A
 * whole number of micros up to 2^53 covers nine thousand million units. The currency (ISO 4217) travels beside the amount.
 */
export const MICROS_PER_UNIT = 1_000_000;

/**
 * Reads a decimal amount such as 12.5 into micros. Null for what is not a finite number, is negative, or is beyond what
 * a 64-bit ledger column and a sane price can hold (one million units).
 */
export function microsFromUnits(units: number): number | null {
  if (!Number.isFinite(units) || units < 0 || units > 1_000_000) return null;
  return Math.round(units * MICROS_PER_UNIT);
}

export function formatMicros(amountMicros: number, currency: string): string {
  const sign = amountMicros < 0 ? '-' : '';
  const absolute = Math.abs(amountMicros);
  const units = Math.floor(absolute / MICROS_PER_UNIT);
  const fraction = String(absolute % MICROS_PER_UNIT).padStart(6, '0');
  const cents = fraction.endsWith('0000') ? fraction.slice(0, 2) : fraction.replace(/0+$/, '');
  return `${sign}${units}.${cents} ${currency}`;
}
