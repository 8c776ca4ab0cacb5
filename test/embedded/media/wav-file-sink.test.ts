/** The recording's file: its header, and disks that fail. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { WavFileSink } from '../../../src/embedded/media/wav-file-sink.js';
import { readWav } from '../../support/rtp-phone.js';

const folder = mkdtempSync(join(tmpdir(), 'ringpost-sink-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function noError(error: string): void {
  t.fail(error);
}

t.test('folders are made, samples written in order and the header repaired at the end', async (t) => {
  const path = join(folder, 'a/b/call.wav');
  const sink = new WavFileSink(path, 2, noError);
  for (let i = 0; i < 100; i += 1) sink.append(new Uint8Array(4000).fill(i));
  t.same(await sink.finish(), { dataBytes: 400_000, error: null });
  const wav = readWav(path);
  t.match(wav, { channels: 2, sampleRate: 8000 });
  t.ok(wav.samples.every((sample, i) => sample === Math.floor(i / 2000) * 0x101));
});

t.test('while it is written the header says that the length is not known', async (t) => {
  const path = join(folder, 'open.wav');
  const sink = new WavFileSink(path, 1, noError);
  await sink.opened;
  t.equal(readFileSync(path).readUInt32LE(40), 0xffffffff);
  await sink.finish();
});

t.test('a place that cannot be written to is refused with the reason', async (t) => {
  const sink = new WavFileSink('/proc/no/such/place.wav', 1, noError);
  await t.rejects(sink.opened, /ENOENT|EACCES|EPERM/);
  t.match(await sink.finish(), { error: /ENOENT|EACCES|EPERM/ });
});

t.test('a full disk is reported once', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, async (t) => {
  const errors: string[] = [];
  const failed = new Promise<void>((resolve) => {
    const sink = new WavFileSink('/dev/full', 1, (error) => {
      errors.push(error);
      sink.append(new Uint8Array(100));
      void sink.finish().then((end) => {
        t.match(end, { dataBytes: 0, error: /ENOSPC/ });
        resolve();
      });
    });
    sink.opened.then(
      () => sink.append(new Uint8Array(1000)),
      // A device that refuses the header already is as full.
      (error: Error) => {
        errors.push(error.message);
        resolve();
      },
    );
  });
  await failed;
  t.equal(errors.length, 1);
  t.match(errors[0], /ENOSPC/);
});

t.test('a file that was taken away is an error at the latest at the end', async (t) => {
  const path = join(folder, 'gone/call.wav');
  const sink = new WavFileSink(path, 1, () => undefined);
  await sink.opened;
  rmSync(join(folder, 'gone'), { recursive: true });
  sink.append(new Uint8Array(1000));
  t.match(await sink.finish(), { error: /ENOENT/ });
});

t.test('a disk that falls behind is given up before memory is', async (t) => {
  let error = '';
  const sink = new WavFileSink(join(folder, 'slow.wav'), 1, (sentence) => {
    error = sentence;
  });
  // Nothing is written before this turn of the event loop ends.
  for (let i = 0; i < 100; i += 1) sink.append(new Uint8Array(100_000));
  await sink.finish();
  t.match(error, /cannot keep up/);
});
