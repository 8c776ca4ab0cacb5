/**
 * G.711 (ITU-T G.711, RFC 3551 payload types 0 and 8) by table. Called for each packet by the media worker, so every
 * function writes into a buffer that the caller owns and allocates nothing.
 */

import type { G711PayloadType } from './media-port.js';

/** RFC 3551 table 4: PCMU and PCMA. */
export const PCMU = 0;
export const PCMA = 8;

function expandUlaw(octet: number): number {
  const inverted = ~octet & 0xff;
  const exponent = (inverted >> 4) & 0x07;
  const magnitude = (((inverted & 0x0f) << 3) + 0x84) << exponent;
  return inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}

function expandAlaw(octet: number): number {
  const toggled = octet ^ 0x55;
  const exponent = (toggled >> 4) & 0x07;
  const mantissa = ((toggled & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

function compressUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  // The bias of 33 in 14-bit steps (132 in 16-bit ones) makes every segment start at a power of two.
  const biased = Math.min(Math.abs(sample), 32635) + 0x84;
  const exponent = 31 - Math.clz32(biased) - 7;
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function compressAlaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  // Negative values count from -1 (one's complement), so that both signs have the same decision levels.
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, 32767);
  const exponent = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

const ulawToPcm = Int16Array.from({ length: 256 }, (_, octet) => expandUlaw(octet));
const alawToPcm = Int16Array.from({ length: 256 }, (_, octet) => expandAlaw(octet));
/** Indexed by the sample's 16 bits taken as unsigned. */
const pcmToUlaw = Uint8Array.from({ length: 65536 }, (_, bits) => compressUlaw((bits << 16) >> 16));
const pcmToAlaw = Uint8Array.from({ length: 65536 }, (_, bits) => compressAlaw((bits << 16) >> 16));
const ulawToAlaw = Uint8Array.from({ length: 256 }, (_, octet) => pcmToAlaw[(ulawToPcm[octet] ?? 0) & 0xffff] ?? 0);
const alawToUlaw = Uint8Array.from({ length: 256 }, (_, octet) => pcmToUlaw[(alawToPcm[octet] ?? 0) & 0xffff] ?? 0);

/** The 256 linear values (16 bit) of a payload type. */
export function decodeTable(payloadType: G711PayloadType): Int16Array {
  return payloadType === PCMU ? ulawToPcm : alawToPcm;
}

/** Decodes `count` octets from `source[sourceStart]` into `target[targetStart]`. */
export function decodeG711(
  payloadType: G711PayloadType,
  source: Uint8Array,
  sourceStart: number,
  count: number,
  target: Int16Array,
  targetStart: number,
): void {
  const table = decodeTable(payloadType);
  for (let i = 0; i < count; i += 1) target[targetStart + i] = table[source[sourceStart + i] ?? 0] ?? 0;
}

/** Encodes `count` samples from `source[sourceStart]` into `target[targetStart]`. */
export function encodeG711(
  payloadType: G711PayloadType,
  source: Int16Array,
  sourceStart: number,
  count: number,
  target: Uint8Array,
  targetStart: number,
): void {
  const table = payloadType === PCMU ? pcmToUlaw : pcmToAlaw;
  for (let i = 0; i < count; i += 1) target[targetStart + i] = table[(source[sourceStart + i] ?? 0) & 0xffff] ?? 0;
}

/** Copies `count` octets, translated from one law to the other when they differ. */
export function transcodeG711(
  from: G711PayloadType,
  to: G711PayloadType,
  source: Uint8Array,
  sourceStart: number,
  count: number,
  target: Uint8Array,
  targetStart: number,
): void {
  if (from === to) {
    for (let i = 0; i < count; i += 1) target[targetStart + i] = source[sourceStart + i] ?? 0;
    return;
  }
  const table = from === PCMU ? ulawToAlaw : alawToUlaw;
  for (let i = 0; i < count; i += 1) target[targetStart + i] = table[source[sourceStart + i] ?? 0] ?? 0;
}
