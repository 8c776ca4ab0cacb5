/**
 * `uuid_record` and, while it is carried out, `uuid_kill` by another connection, over and over: FreeSWITCH has deadlocked there (its issue
 * 1673), and with a thread for each recording (RECORD_USE_THREAD) it still does: a channel that is gone before the recording is tied to it
 * waits for ever for a thread that waits for audio, and would hold a slot. Straight at the event socket, without the app between.
 */
import { join } from 'node:path';
import t from 'tap';
import { EventSocketSession } from '../../src/cli/doctor/event-socket-session.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { AttackSystem } from '../attack/attack-system.js';
import { SeededRandom } from '../attack/seeded-random.js';
import { Deferred } from '../support/deferred.js';

/** Calls in all; 10,000 for a long hunt. */
const CALLS = Number(process.env.FAULT_RECORDING_KILLS ?? 60);
const AT_A_TIME = 6;
/** FreeSWITCH is at `uuid_record` for about 10 ms, during which the kill must arrive. */
const LATEST_KILL_MS = 12;
const RECORD_ANSWERS = ['+OK Success', '-ERR Cannot record session!', '-ERR Cannot locate session!'];

const system = await AttackSystem.start();
t.teardown(() => system.close());

t.test(
  `${CALLS} channels are killed while their recording begins: none is stuck, and the server still answers`,
  async (t) => {
    const [server] = system.switch.mediaServers;
    if (server === undefined) throw new Error('there is a media server');
    const connect = () => EventSocketSession.open(server.eventSocketHost, server.eventSocketPort, server.password);
    const [recorder, killer] = await Promise.all([connect(), connect()]);
    t.teardown(() => recorder.close());
    t.teardown(() => killer.close());
    const phone = await TonePhone.start({
      ...{ name: 'recorded', address: '127.0.0.1', port: 0, transport: 'udp' as const },
      manner: { kind: 'refuse', status: 480 },
      media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz: 440 }),
    });
    t.teardown(() => phone.close());
    const random = new SeededRandom(CALLS);
    const kill = (uuid: string): Promise<string> => {
      const killed = new Deferred<Promise<string>>();
      setTimeout(() => killed.resolve(killer.api(`uuid_kill ${uuid}`)), random.below(LATEST_KILL_MS));
      return killed.promise.then((answer) => answer);
    };

    const recordAndKill = async (index: number): Promise<void> => {
      const call = await phone.call(`sip:caller@${server.sipAddress}`, 'recorded', {
        'X-Ringpost-Call-Id': `recorded-${index}`,
        'X-Ringpost-Hold-Music': 'silence_stream://60000',
      });
      await call.answered;
      const path = join(system.folder, 'recordings', `kill-${index}.wav`);
      const [started, killed] = await Promise.all([
        recorder.api(`uuid_record ${call.sipCallId} start ${path}`),
        kill(call.sipCallId),
      ]);
      t.ok(RECORD_ANSWERS.includes(started.trim()), started.trim());
      t.equal(killed.trim(), '+OK');
      t.same(await call.ended, { kind: 'hung-up', by: 'far-end' });
    };
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (next < CALLS) await recordAndKill(next++);
      }),
    );
    await system.assertNothingHeld(t);
  },
);
