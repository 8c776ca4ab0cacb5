/** Decodes an MP3 that was just made, before anything relies on it: whole, two channels where there were two, as long as its WAV. */
import { closeSync, openSync, readSync } from 'node:fs';
import { MPEGDecoder } from 'mpg123-decoder';
import { readFrame } from './mp3-frame.js';
import type { WavFormat } from './wav-header.js';

const TOLERANCE_MS = 100;
const CHUNK_BYTES = 65_536;

/** Null when it is sound, else a sentence. Rejects when it cannot be read. */
export async function faultOfMp3(path: string, format: WavFormat): Promise<string | null> {
  const decoder = new MPEGDecoder();
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(4);
    readSync(file, head, 0, 4, 0);
    const first = readFrame(head, 0);
    if (first === null) return 'the MP3 begins with no frame';
    if (first.channels !== format.channels) return `the MP3 has ${first.channels} of ${format.channels} channels`;
    await decoder.ready;
    let samples = 0;
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (
      let at = 0, size = readSync(file, chunk, 0, CHUNK_BYTES, 0);
      size > 0;
      size = readSync(file, chunk, 0, CHUNK_BYTES, at)
    ) {
      at += size;
      const decoded = decoder.decode(chunk.subarray(0, size));
      if (decoded.errors.length > 0) return 'the MP3 cannot be decoded to its end';
      samples += decoded.samplesDecoded;
    }
    const offMs = (samples / first.sampleRate - format.frames / format.sampleRate) * 1000;
    if (Math.abs(offMs) > TOLERANCE_MS) return `the MP3 is ${Math.round(offMs)} ms longer than its WAV`;
    return null;
  } finally {
    closeSync(file);
    decoder.free();
  }
}
