/** Recordings to the sample, with time turned by hand and a sink in memory. */

import t from 'tap';
import { encodeG711, PCMA, PCMU } from '../../../src/embedded/media/g711.js';
import type { RecordRequest } from '../../../src/embedded/media/media-port.js';
import { Recorder } from '../../../src/embedded/media/recorder.js';
import { SineSum } from '../../../src/embedded/media/tone.js';
import { toneLevelDb } from '../../../src/embedded/media/tone-detector.js';
import type { RecordingSink } from '../../../src/embedded/media/wav-file-sink.js';

class MemorySink implements RecordingSink {
  readonly samples: number[] = [];
  error: string | null = null;
  append(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += 2) this.samples.push(view.getInt16(at, true));
  }
  async finish(): Promise<{ dataBytes: number; error: string | null }> {
    return { dataBytes: this.samples.length * 2, error: this.error };
  }
  channel(index: number): number[] {
    return this.samples.filter((_, i) => i % 2 === index);
  }
}

const STEREO: RecordRequest = { path: 'x.wav', channels: 'stereo', limitMs: 0, silenceEndMs: 0 };

/** A call whose both sides send a tone each 20 ms; `keep` loses packets. */
class Call {
  nowMs = 5000;
  readonly sink = new MemorySink();
  readonly recorder: Recorder;
  readonly #sines = [new SineSum([440], -7), new SineSum([1000], -7)];
  readonly #samples = new Int16Array(160);
  readonly #packet = new Uint8Array(160);
  #index = 0;

  constructor(request: Partial<RecordRequest> = {}) {
    this.recorder = new Recorder({ ...STEREO, ...request }, this.sink, this.nowMs);
  }

  run(durationMs: number, keep: (index: number, isReceived: boolean) => boolean = () => true): void {
    for (const end = this.nowMs + durationMs; this.nowMs < end; this.nowMs += 20) {
      for (const isReceived of [true, false]) {
        const payloadType = isReceived ? PCMU : PCMA;
        this.#sines[isReceived ? 0 : 1]?.fill(this.#samples, 0, 160);
        encodeG711(payloadType, this.#samples, 0, 160, this.#packet, 0);
        if (!keep(this.#index, isReceived)) continue;
        const [ssrc, timestamp] = [isReceived ? 1 : 2, this.#index * 160];
        this.recorder.take(
          isReceived,
          payloadType,
          ssrc,
          this.#index & 0xffff,
          timestamp,
          this.#packet,
          0,
          160,
          this.nowMs,
        );
      }
      this.recorder.tick(this.nowMs);
      this.#index += 1;
    }
  }
}

t.test('each side is on its own channel and not on the other, and the length is exact', async (t) => {
  const call = new Call();
  call.run(3000);
  call.recorder.stop('stopped', call.nowMs);
  t.same(await call.recorder.ended, {
    path: 'x.wav',
    durationMs: 3000,
    samples: 24_000,
    reason: 'stopped',
    error: null,
  });
  const [left, right] = [call.sink.channel(0), call.sink.channel(1)];
  t.same([left.length, right.length], [24_000, 24_000]);
  t.ok(toneLevelDb(left, 440) > -12 && toneLevelDb(right, 1000) > -12);
  t.ok(toneLevelDb(left, 1000) < -60 && toneLevelDb(right, 440) < -60);
});

t.test('lost packets are silence of their own length', async (t) => {
  const call = new Call();
  call.run(2000, (index, isReceived) => !isReceived || index % 10 !== 3);
  call.recorder.stop('stopped', call.nowMs);
  t.equal((await call.recorder.ended).samples, 16_000);
  const left = call.sink.channel(0);
  for (let packet = 0; packet < 100; packet += 1) {
    const isSilent = left.slice(packet * 160, packet * 160 + 160).every((sample) => sample === 0);
    t.equal(isSilent, packet % 10 === 3, `packet ${packet}`);
  }
});

t.test('a mask gives silence on both channels and time goes on', async (t) => {
  const call = new Call();
  call.run(1000);
  call.recorder.mask(true, call.nowMs);
  call.recorder.mask(true, call.nowMs);
  call.run(500);
  call.recorder.mask(false, call.nowMs);
  call.run(500);
  call.recorder.stop('stopped', call.nowMs);
  t.equal((await call.recorder.ended).durationMs, 2000);
  const loud = Array.from(
    { length: 16_000 },
    (_, i) => call.sink.samples[2 * i] !== 0 || call.sink.samples[2 * i + 1] !== 0,
  );
  t.same([loud.indexOf(true) < 10, loud.indexOf(true, 8000), loud.lastIndexOf(true, 11_990)], [true, 12_000, 7999]);
});

t.test('a call without a packet is silence as long as the call', async (t) => {
  const call = new Call();
  call.run(1230, () => false);
  call.recorder.stop('closed', call.nowMs - 15.5);
  t.match(await call.recorder.ended, { samples: 9796, durationMs: 1224.5, reason: 'closed' });
  t.ok(call.sink.samples.every((sample) => sample === 0));
});

t.test('the limit ends it to the sample', async (t) => {
  const call = new Call({ limitMs: 1010 });
  call.run(1500);
  t.match(await call.recorder.ended, { samples: 8080, durationMs: 1010, reason: 'limit' });
  t.equal(call.sink.samples.length, 16_160);
});

t.test('a message ends after silence, and what was said is kept', async (t) => {
  const call = new Call({ channels: 'mono-received', silenceEndMs: 1000 });
  call.run(1500);
  call.run(600, () => false);
  call.run(400);
  call.run(3000, () => false);
  const end = await call.recorder.ended;
  t.match(end, { reason: 'silence', durationMs: 3500 });
  t.equal(call.sink.samples.length, end.samples);
});

t.test('who says nothing is waited for in vain as long as told; who speaks, until he pauses', async (t) => {
  const ends = { channels: 'mono-received', silenceEndMs: 400, initialSilenceEndMs: 2000 } as const;
  const silent = new Call(ends);
  silent.run(4000, () => false);
  t.match(await silent.recorder.ended, { reason: 'silence', durationMs: 2000, isSilent: true });
  const speaks = new Call(ends);
  speaks.run(1500, () => false);
  speaks.run(600);
  speaks.run(3000, () => false);
  t.match(await speaks.recorder.ended, { reason: 'silence', durationMs: 2500, isSilent: false });
  const endless = new Call({ channels: 'mono-received', silenceEndMs: 0, initialSilenceEndMs: 500, limitMs: 3000 });
  endless.run(200);
  endless.run(4000, () => false);
  t.match(await endless.recorder.ended, { reason: 'limit', isSilent: false }, '0 is never');
});

t.test('a mono mix has both sides, and received only has one', async (t) => {
  for (const channels of ['mono-mixed', 'mono-received'] as const) {
    const call = new Call({ channels });
    call.run(1000);
    call.recorder.stop('stopped', call.nowMs);
    await call.recorder.ended;
    t.equal(call.sink.samples.length, 8000);
    t.ok(toneLevelDb(call.sink.samples, 440) > -12);
    t.equal(toneLevelDb(call.sink.samples, 1000) > -12, channels === 'mono-mixed');
  }
});

t.test('a stall of the whole thread for three seconds keeps time', async (t) => {
  const call = new Call();
  call.run(500);
  call.nowMs += 3000;
  call.run(500);
  call.recorder.stop('stopped', call.nowMs);
  t.equal((await call.recorder.ended).durationMs, 4000);
});

t.test('an error of the disk is the reason, and the length is what the file holds', async (t) => {
  const call = new Call();
  call.run(1000);
  call.sink.error = 'ENOSPC: no space left on device, write';
  call.recorder.stop('error', call.nowMs);
  t.match(await call.recorder.ended, { reason: 'error', error: /no space/, samples: 8000 });
  call.run(100);
  call.recorder.stop('stopped', call.nowMs);
  t.equal(call.sink.samples.length, 16_000, 'nothing is taken after the end');
});
