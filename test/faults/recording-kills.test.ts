/**
 * `uuid_record` and at once `uuid_kill`, over and over: FreeSWITCH has deadlocked there (its issue 1673), and a stuck channel would hold a
 * slot for ever. Straight at the event socket, without the app between.
 */
import { join } from 'node:path';
import t from 'tap';
import { EventSocketSession } from '../../src/cli/doctor/event-socket-session.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { AttackSystem } from '../attack/attack-system.js';

/** Calls in all; 10,000 for a long hunt. */
const CALLS = Number(process.env.FAULT_RECORDING_KILLS ?? 60);
const AT_A_TIME = 6;

const system = await AttackSystem.start();
t.teardown(() => system.close());

t.test(
  `${CALLS} channels are recorded and killed in one breath: none is stuck, and the server still answers`,
  async (t) => {
    const [server] = system.switch.mediaServers;
    if (server === undefined) throw new Error('there is a media server');
    const session = await EventSocketSession.open(server.eventSocketHost, server.eventSocketPort, server.password);
    t.teardown(() => session.close());
    const phone = await TonePhone.start({
      ...{ name: 'recorded', address: '127.0.0.1', port: 0, transport: 'udp' as const },
      manner: { kind: 'refuse', status: 480 },
      media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz: 440 }),
    });
    t.teardown(() => phone.close());
    const answers = new Map<string, number>();
    const count = (answer: string): void => void answers.set(answer.trim(), (answers.get(answer.trim()) ?? 0) + 1);

    const recordAndKill = async (index: number): Promise<void> => {
      const call = await phone.call(`sip:caller@${server.sipAddress}`, 'recorded', {
        'X-Ringpost-Call-Id': `recorded-${index}`,
        'X-Ringpost-Hold-Music': 'silence_stream://60000',
      });
      await call.answered;
      const path = join(system.folder, 'recordings', `kill-${index}.wav`);
      const [started, killed] = await Promise.all([
        session.api(`uuid_record ${call.sipCallId} start ${path}`),
        session.api(`uuid_kill ${call.sipCallId}`),
      ]);
      count(`record: ${started}`);
      count(`kill: ${killed}`);
      t.same(await call.ended, { kind: 'hung-up', by: 'far-end' });
    };
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (next < CALLS) await recordAndKill(next++);
      }),
    );
    t.same([...answers].sort(), [
      ['kill: +OK', CALLS],
      ['record: +OK Success', CALLS],
    ]);
    await system.assertNothingHeld(t);
  },
);
