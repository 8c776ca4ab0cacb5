/**
 * Decodes a prompt or a piece of music, WAV or MP3 by its content, to 8 kHz mono PCM, piece by piece. Runs in the decoding
 * thread; between two pieces it yields, so that a short prompt is not held up by an hour of music.
 */

import { createReadStream } from 'node:fs';
import { MPEGDecoder } from 'mpg123-decoder';
import { Resampler } from './resample.js';
import { isWav, parseWavHeader, type WavFormat, wavFramesToMono } from './wav-format.js';

/** A file that is no audio, or none that we can play. */
export class AudioFileError extends Error {
  override readonly name = 'AudioFileError';
  readonly isRetryable = false;
}

/** A header longer than this (cover art in chunks before the samples, say) is refused. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;

const READ_BYTES = 64 * 1024;

/** Yields the file's samples in order. Throws an AudioFileError, or the system's error when it cannot be read. */
export async function* decodeAudioFile(path: string): AsyncGenerator<Int16Array> {
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  try {
    const reader = stream[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
    const first = await reader.next();
    if (first.done === true) throw new AudioFileError('the file is empty');
    if (isWav(first.value)) yield* decodeWav(first.value, reader);
    else if (isMpeg(first.value)) yield* decodeMpeg(first.value, reader);
    else throw new AudioFileError('the file is neither WAV nor MP3');
  } finally {
    stream.destroy();
  }
}

/** An ID3 tag, or the eleven set bits of an MPEG audio frame. */
function isMpeg(start: Buffer): boolean {
  return start.toString('latin1', 0, 3) === 'ID3' || (start[0] === 0xff && ((start[1] ?? 0) & 0xe0) === 0xe0);
}

async function* decodeWav(first: Buffer, reader: AsyncIterableIterator<Buffer>): AsyncGenerator<Int16Array> {
  let head = first;
  let format = parseWavHeader(head);
  while (format === 'more') {
    const next = await reader.next();
    if (next.done === true || head.length > MAX_HEADER_BYTES) throw new AudioFileError('the WAV file has no samples');
    head = Buffer.concat([head, next.value]);
    format = parseWavHeader(head);
  }
  if ('error' in format) throw new AudioFileError(`the WAV file cannot be played: ${format.error}`);
  const resampler = newResampler(format.sampleRate);
  for await (const data of wavData(format, head, reader)) yield resampler.push(wavFramesToMono(format, data));
  yield resampler.finish();
}

/** The samples' octets in pieces of whole frames. */
async function* wavData(
  format: WavFormat,
  head: Buffer,
  reader: AsyncIterableIterator<Buffer>,
): AsyncGenerator<Buffer> {
  const frameBytes = format.channels * format.bytesPerSample;
  let left = format.dataBytes;
  let rest = head.subarray(format.dataStart);
  for (;;) {
    const usable = Math.min(rest.length, left);
    const whole = usable - (usable % frameBytes);
    if (whole > 0) yield rest.subarray(0, whole);
    left -= whole;
    if (left < frameBytes) return;
    const next = await reader.next();
    if (next.done === true) return;
    rest = Buffer.concat([rest.subarray(whole), next.value]);
  }
}

async function* decodeMpeg(first: Buffer, reader: AsyncIterableIterator<Buffer>): AsyncGenerator<Int16Array> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    let resampler: Resampler | null = null;
    for (let next: IteratorResult<Buffer> = { value: first }; next.done !== true; next = await reader.next()) {
      const decoded = decoder.decode(next.value);
      if (decoded.samplesDecoded === 0) continue;
      resampler ??= newResampler(decoded.sampleRate);
      yield resampler.push(mixToMono(decoded.channelData, decoded.samplesDecoded));
    }
    if (resampler === null) throw new AudioFileError('the MP3 file has no audio frames');
    yield resampler.finish();
  } finally {
    decoder.free();
  }
}

function mixToMono(channels: readonly Float32Array[], samples: number): Float32Array {
  const mono = new Float32Array(samples);
  for (const channel of channels) {
    for (let i = 0; i < samples; i += 1) mono[i] = (mono[i] ?? 0) + (channel[i] ?? 0) / channels.length;
  }
  return mono;
}

function newResampler(sampleRate: number): Resampler {
  try {
    return new Resampler(sampleRate);
  } catch (error) {
    throw new AudioFileError(error instanceof Error ? error.message : 'its sample rate is not supported');
  }
}
