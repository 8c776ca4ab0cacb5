/** Recordings by command: stereo, masked, stopped, refused, and ended by the hang-up. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readWav } from '../../support/rtp-phone.js';
import type { EventFields } from './event-socket-client.js';
import { createRig } from './freeswitch-rig.js';

t.test('a bridged call is recorded with the caller left and the buyer right', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const file = join(rig.folder, 'new', 'call.wav');
  const caller = await rig.leg({ extension: 'caller', toneHz: 440 });
  await caller.call();
  await client.custom('ringpost::greeted');
  const buyer = await rig.leg({ extension: 'buyer', toneHz: 1000 });
  const ok = await buyer.offer();
  buyer.talkTo(ok.body);
  buyer.ack(buyer.sdp());
  await client.custom('ringpost::buyer_ready');
  await client.api(`uuid_bridge ${caller.uuid} ${buyer.uuid}`);
  await Promise.all([caller.phone.hears(1000), buyer.phone.hears(440)]);
  t.equal(await client.api(`uuid_record ${caller.uuid} start ${file}`), '+OK Success\n');
  t.equal(await client.api(`uuid_record ${caller.uuid} start ${file}`), '+OK Success\n', 'one recording goes on');
  t.equal((await client.event('RECORD_START', caller.uuid))['Record-File-Path'], file);
  await caller.phone.receives(caller.phone.statistics.received + 25);
  t.equal(await client.api(`uuid_record ${caller.uuid} mask ${file}`), '+OK Success\n');
  t.equal(await client.api(`uuid_record ${caller.uuid} unmask ${file}`), '+OK Success\n');
  t.equal(await client.api(`uuid_record ${caller.uuid} stop ${file}`), '+OK Success\n');
  const stopped = await client.event('RECORD_STOP', caller.uuid);
  t.equal(stopped['Record-Completion-Cause'], 'success-maxtime');
  t.ok(Number(stopped.variable_record_ms) >= 300, `${stopped.variable_record_ms} ms`);
  t.equal(readWav(file).channels, 2);
  t.equal(await client.api(`uuid_record ${caller.uuid} stop ${file}`), '-ERR Cannot stop record session!\n');
  t.equal(await client.api(`uuid_record ${caller.uuid} mask ${file}`), '-ERR Cannot mask recording session!\n');
});

t.test('a recording that the dialplan started ends with the call, before CHANNEL_HANGUP_COMPLETE', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const file = join(rig.folder, 'whole.wav');
  const caller = await rig.leg({ extension: 'caller', toneHz: 440, headers: [`X-Ringpost-Record: ${file}`] });
  await caller.call();
  await client.custom('ringpost::greeted');
  await caller.bye();
  await client.event('CHANNEL_HANGUP_COMPLETE', caller.uuid);
  const names = client.events.map((event) => event['Event-Name']);
  t.ok(names.indexOf('CHANNEL_HANGUP') < names.indexOf('RECORD_STOP'));
  t.ok(names.indexOf('RECORD_STOP') < names.indexOf('CHANNEL_HANGUP_COMPLETE'));
  t.ok(readWav(file).samples.length > 0);
});

t.test('a file that cannot be written is refused and the call goes on', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({ extension: 'caller' });
  await caller.call();
  await client.custom('ringpost::greeted');
  for (const path of ['/proc/nowhere/a.wav', `${rig.sound('file.wav', 20, 0)}/below-a-file.wav`]) {
    t.equal(await client.api(`uuid_record ${caller.uuid} start ${path}`), '-ERR Cannot record session!\n', path);
  }
  t.equal(await client.api(`uuid_exists ${caller.uuid}`), 'true');
});

t.test('a recording shorter than RECORD_MIN_SEC is thrown away, as FreeSWITCH throws it away', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const file = join(rig.folder, 'short.wav');
  const caller = await rig.leg({ extension: 'caller', toneHz: 440 });
  await caller.call();
  await client.custom('ringpost::greeted');
  await client.api(`uuid_setvar ${caller.uuid} RECORD_MIN_SEC 600`);
  await client.api(`uuid_record ${caller.uuid} start ${file}`);
  await caller.phone.receives(caller.phone.statistics.received + 5);
  await client.api(`uuid_record ${caller.uuid} stop all`);
  t.equal((await client.event('RECORD_STOP', caller.uuid))['Record-Completion-Cause'], 'input-too-short');
  await caller.bye();
  await rig.empty();
  t.notOk(existsSync(file));
});

t.test(
  'the time-outs of a recording end it by itself, beside another of the same channel and in its own form',
  async (t) => {
    const rig = await createRig(t);
    const client = await rig.login();
    const [whole, said] = [join(rig.folder, 'whole.wav'), join(rig.folder, 'said.wav')];
    const caller = await rig.leg({ extension: 'caller', toneHz: 440, headers: [`X-Ringpost-Record: ${whole}`] });
    await caller.call();
    await client.custom('ringpost::greeted');
    const variables = encodeURIComponent(
      '{RECORD_STEREO=false,RECORD_READ_ONLY=true,RECORD_INITIAL_TIMEOUT_MS=600,RECORD_FINAL_TIMEOUT_MS=200}',
    );
    const listen = `uuid_record ${caller.uuid} start ${said} 10 ${variables}`;
    t.equal(await client.api(listen), '+OK Success\n');
    await caller.phone.receives(caller.phone.statistics.received + 25);
    caller.phone.setTone(null);
    const spoken = await client.event('RECORD_STOP', caller.uuid);
    t.match(spoken, { 'Record-File-Path': said, 'Record-Completion-Cause': 'success-silence' });
    t.equal(readWav(said).channels, 1, 'RECORD_STEREO of the channel is not its own');
    t.equal(await client.api(listen), '+OK Success\n');
    const silent = await client.event('RECORD_STOP', caller.uuid);
    t.match(silent, { 'Record-File-Path': said, 'Record-Completion-Cause': 'no-input-timeout' });
    t.equal(await client.api(listen), '+OK Success\n');
    await caller.bye();
    const isSaid = (event: EventFields): boolean => event['Record-File-Path'] === said;
    const left = await client.event('RECORD_STOP', caller.uuid, isSaid);
    t.equal(left['Record-Completion-Cause'], 'no-input-timeout');
    await rig.empty();
    t.equal(readWav(whole).channels, 2);
  },
);
