/** Decimal units of a configuration file to micros and back, exactly, for amounts that its schema has let through. */
import { MICROS_PER_UNIT, microsFromUnits } from '../../domain/money/money.js';

export function microsOf(units: number): number {
  return microsFromUnits(units) ?? 0;
}

export function nullableMicrosOf(units: number | null | undefined): number | null {
  return units === null || units === undefined ? null : microsOf(units);
}

export function unitsOf(amountMicros: number): number {
  return amountMicros / MICROS_PER_UNIT;
}
