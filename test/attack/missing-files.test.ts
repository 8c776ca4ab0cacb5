/**
 * Files that are not where they should be: prompts deleted by hand, a disk without room, a folder that cannot be written to. The call
 * goes on, and its record and an alarm say what was missing.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { AttackSystem } from './attack-system.js';
import { HostileBuyer } from './hostile-buyer.js';
import { sdpFor } from './hostile-caller.js';
import type { SipText } from './hostile-peer.js';

const RINGING_HZ = 440;

async function start(t: Test, options: Parameters<typeof AttackSystem.start>[0] = {}): Promise<AttackSystem> {
  const system = await AttackSystem.start(options);
  t.teardown(() => system.close());
  return system;
}

function listenTo(phone: TonePhoneMedia, answer: SipText): void {
  phone.setRemote('127.0.0.1', Number(/^m=audio (\d+)/m.exec(answer.body)?.[1]), 0);
}

/** A call that is sold, recorded for a moment if it can be, and hung up by the caller. */
async function recordedCall(
  t: Test,
  system: AttackSystem,
  recording: 'from-bridge' | 'from-answer',
): Promise<CallDetails> {
  const buyer = new HostileBuyer(await system.peer());
  const did = await system.addCampaign({
    targets: [{ id: 'acme', uri: buyer.uri }],
    changes: { greetingPromptId: null, recording },
  });
  const phones = await Promise.all(
    [1, 2].map((tone) => TonePhoneMedia.open({ address: '127.0.0.1', toneHz: 300 * tone })),
  );
  t.teardown(() => Promise.all(phones.map((phone) => phone.close())).then(() => undefined));
  const [callerPhone, buyerPhone] = phones;
  if (callerPhone === undefined || buyerPhone === undefined) throw new Error('two phones were opened');
  const caller = await system.caller(did);
  const bridged = system.reached('bridged');
  listenTo(callerPhone, await caller.call({ sdp: sdpFor(callerPhone.port) }));
  const invite = await buyer.invite();
  listenTo(buyerPhone, invite);
  await buyer.answer(invite, '200 OK', { sdp: sdpFor(buyerPhone.port) });
  await bridged;
  await callerPhone.hears(600);
  await callerPhone.receives(75);
  const byed = buyer.byes();
  t.equal((await caller.hangup()).status, 200, 'the call goes on to its end');
  await byed;
  const details = await system.record(caller.callId);
  t.match(details.call, { state: 'ended', outcome: 'sold', release: { by: 'caller' } });
  t.equal(details.ledger.length, 2);
  await system.assertNothingHeld(t);
  return details;
}

function assertLost(t: Test, details: CallDetails, reason: RegExp): void {
  t.equal(details.recordings.length, 1);
  const [recording] = details.recordings;
  t.match(recording, { state: 'lost', wavPath: null });
  t.match(recording?.lostReason, reason, `the row says: ${recording?.lostReason}`);
}

t.test('the greeting’s file was deleted: music at once, and an alarm says which file', async (t) => {
  const system = await start(t);
  const did = await system.addCampaign({ targets: [] });
  const alarms: string[] = [];
  system.app.events.subscribe({ alarm: (_kind, sentence) => alarms.push(sentence) });
  rmSync(join(system.folder, 'prompts'), { recursive: true });
  const caller = await system.caller(did);
  const byed = caller.byes();
  await caller.call();
  await byed;
  const { call, timeline } = await system.record(caller.callId);
  t.equal(call.state, 'ended');
  for (const name of ['greeting short-greeting', 'hold music hold-music', 'ending message ending-message']) {
    t.ok(
      alarms.some((alarm) => alarm.includes(name)),
      `an alarm names the ${name}`,
    );
    t.ok(
      timeline.some((entry) => entry.step === 'alarm' && entry.text.includes(name)),
      'and the timeline too',
    );
  }
  await system.assertNothingHeld(t);
});

t.test('the hold music’s file was deleted: the caller hears ringing, never silence, and is sold', async (t) => {
  const system = await start(t);
  const buyer = new HostileBuyer(await system.peer());
  const did = await system.addCampaign({ targets: [{ id: 'acme', uri: buyer.uri }] });
  rmSync(join(system.folder, 'prompts'), { recursive: true });
  mkdirSync(join(system.folder, 'prompts'));
  const phone = await TonePhoneMedia.open({ address: '127.0.0.1', toneHz: null });
  t.teardown(() => phone.close());
  const caller = await system.caller(did);
  listenTo(phone, await caller.call({ sdp: sdpFor(phone.port) }));
  await phone.hears(RINGING_HZ, -30);
  const bridged = system.reached('bridged');
  await buyer.answer(await buyer.invite(), '200 OK');
  await bridged;
  const byed = buyer.byes();
  await caller.hangup();
  await byed;
  t.match((await system.record(caller.callId)).call, { state: 'ended', release: { by: 'caller' } });
  await system.assertNothingHeld(t);
});

t.test('the recording folder is a file: the call is sold, the recording’s row says why there is none', async (t) => {
  const system = await start(t);
  const folder = join(system.folder, 'recordings');
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  assertLost(t, await recordedCall(t, system, 'from-bridge'), /ENOTDIR|EEXIST/);
  assertLost(t, await recordedCall(t, system, 'from-answer'), /ENOTDIR|EEXIST/);
});

t.test('the disk has less room than is kept free: no recording is begun, the row says so', async (t) => {
  const system = await start(t, { minFreeDiskBytes: Number.MAX_SAFE_INTEGER });
  assertLost(t, await recordedCall(t, system, 'from-bridge'), /MB left/);
});

const isRoot = process.getuid?.() === 0;

t.test(
  'the switch may not write: the call is sold, the row says why',
  { skip: isRoot && 'root may write everywhere' },
  async (t) => {
    const system = await start(t);
    const folder = join(system.folder, 'recordings');
    chmodSync(folder, 0o500);
    assertLost(t, await recordedCall(t, system, 'from-bridge'), /EACCES|permission/i);
    chmodSync(folder, 0o700);
  },
);

/** A disk of its own for a test; null where mounting is not allowed. */
function smallDisk(t: Test, bytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]).status === 0;
  t.teardown(() => {
    if (mounted) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return mounted ? folder : null;
}

t.test('the disk is full before the first byte: the call is sold, the row says why', async (t) => {
  const disk = smallDisk(t, 32_768);
  if (disk === null) {
    t.comment('skipped: a small disk cannot be mounted here');
    return;
  }
  const system = await start(t, { recordingFolder: disk });
  const room = spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4096']);
  t.not(room.status, 0, 'the disk is full');
  const { recordings } = await recordedCall(t, system, 'from-bridge');
  t.match(recordings[0], { state: 'lost' });
  t.match(recordings[0]?.lostReason, /\w/, `the row says: ${recordings[0]?.lostReason}`);
});

t.test(
  'the disk fills up while the two talk: the call is sold, and what was written is kept or said to be lost',
  async (t) => {
    const disk = smallDisk(t, 36_864);
    if (disk === null) {
      t.comment('skipped: a small disk cannot be mounted here');
      return;
    }
    const system = await start(t, { recordingFolder: disk });
    const { recordings, call } = await recordedCall(t, system, 'from-bridge');
    const [recording] = recordings;
    t.comment(JSON.stringify({ recording, talkMs: call.talkMs }));
    t.ok(recording?.state === 'lost' ? recording.lostReason : (recording?.durationMs ?? 0) < call.talkMs);
    t.ok(
      system.logLines.some((line) => /recording/.test(line) && /"level":[45]0/.test(line)),
      'a warning is in the log',
    );
  },
);
