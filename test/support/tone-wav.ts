/** A WAV file of a tone, 8 kHz, 16 bit, mono, for tests that need a sound of a certain length. */
export function toneWav(durationMs: number, frequencyHz: number): Buffer {
  const samples = durationMs * 8;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(16_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples * 2, 40);
  for (let index = 0; index < samples; index += 1) {
    file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * index) / 8000)), 44 + index * 2);
  }
  return file;
}
