/**
 * A recording when the buyer hangs up first: it ends there, so that the ending message is not on it, and its MP3 is read by another
 * implementation than ours.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { toneLevelDb } from '../../src/embedded/media/tone-detector.js';
import { CoreWait } from '../support/core-wait.js';
import { missingProgram } from '../support/installed-program.js';
import { readWav } from '../support/rtp-phone.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { usualLevelDb } from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp') || missingProgram('ffmpeg');
/** Besides what the processes wait for a core between what they see and what they order. */
const LENGTH_TOLERANCE_MS = 100;
/** A tone on its own channel arrives at about -10 dB; crosstalk would be far above this. */
const PRESENT_DB = -20;
const ABSENT_DB = -45;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

interface Channels {
  readonly left: Int16Array;
  readonly right: Int16Array;
  readonly durationMs: number;
}

function readStereo(t: Test, path: string): Channels {
  const { channels, sampleRate, samples } = readWav(path);
  t.equal(channels, 2, 'two channels');
  const pick = (offset: number) => samples.filter((_, index) => index % 2 === offset);
  const left = pick(0);
  return { left, right: pick(1), durationMs: (left.length * 1000) / sampleRate };
}

/** The middle half, where both have begun and nobody has left. */
function middle(samples: Int16Array): Int16Array {
  return samples.subarray(Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4));
}

function assertSeparate(t: Test, { left, right }: Channels): void {
  t.ok(usualLevelDb(middle(left), CALLER_HZ) > PRESENT_DB, 'the caller is on the left');
  t.ok(usualLevelDb(middle(right), BUYER_HZ) > PRESENT_DB, 'the buyer is on the right');
  t.ok(toneLevelDb(middle(left), BUYER_HZ) < ABSENT_DB, 'the buyer is not on the left');
  t.ok(toneLevelDb(middle(right), CALLER_HZ) < ABSENT_DB, 'the caller is not on the right');
}

/** By another implementation than ours; 8 kHz, as the tones are measured. */
function decodeMp3(mp3Path: string): string {
  const path = join(sut.folder, 'decoded.wav');
  rmSync(path, { force: true });
  const result = spawnSync('ffmpeg', [
    ...['-v', 'error', '-i', mp3Path, '-ar', '8000', '-c:a', 'pcm_s16le'],
    ...['-fflags', '+bitexact', '-flags:a', '+bitexact', '-map_metadata', '-1', path],
  ]);
  if (result.status !== 0) throw new Error(`ffmpeg: ${result.stderr.toString()}`);
  return path;
}

t.test(
  'the ending message is not on the recording, and ffmpeg finds each party on his channel of the MP3',
  { skip },
  async (t) => {
    const wait = new CoreWait([process.pid, ...(sut.switch.pid === null ? [] : [sut.switch.pid])]);
    const buyer = await sut.startBuyer('uas-answers-and-hangs-up-expect-200', { talk_ms: 5_000 });
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
    const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
    t.ok(await caller.hears(TONE_PROMPTS['ending-message'].hz), 'the caller hears the ending message');
    t.equal((await caller.run.ended).diagnosis, '');
    const toleranceMs = LENGTH_TOLERANCE_MS + wait.ms;
    const { call, recordings } = await sut.record(caller);
    const [recording] = recordings;
    t.match(recordings, [{ kind: 'call', state: 'ready', channels: 2, lostReason: null }]);
    const wav = readStereo(t, recording?.wavPath ?? '');
    assertSeparate(t, wav);
    t.ok(Math.abs(wav.durationMs - call.talkMs) <= toleranceMs, `${wav.durationMs} ms of WAV, ${call.talkMs} of talk`);
    t.ok(toneLevelDb(wav.left, TONE_PROMPTS['ending-message'].hz) < ABSENT_DB, 'the ending message is not on it');
    t.ok(toneLevelDb(wav.right, TONE_PROMPTS['ending-message'].hz) < ABSENT_DB);
    const mp3 = readStereo(t, decodeMp3(recording?.mp3Path ?? ''));
    assertSeparate(t, mp3);
    t.ok(Math.abs(mp3.durationMs - call.talkMs) <= toleranceMs, `${mp3.durationMs} ms of MP3`);
    t.same(await sut.settled(), NOTHING_HELD);
  },
);
