/**
 * Fault row F12: two FreeSWITCHes with room for one session each. The second caller goes to the second one; when both are full, a caller is
 * told by 503 when to come again, which a carrier takes for "try elsewhere"; when one leaves, the next is taken. Real servers are the
 * FreeSWITCH of the run and its spare, which are told their limit by `fsctl`, and told their own again afterwards.
 */
import t from 'tap';
import { spareOf } from '../e2e/mortal-media-server.js';
import { realServers, type SwitchUnderTest, startSwitchUnderTest } from '../e2e/switch-under-test.js';
import { AttackSystem } from './attack-system.js';
import { askEventSocket } from './event-socket-question.js';

/** FreeSWITCH never gives the last one out. */
const ROOM_FOR_ONE = '2';
process.env.RINGPOST_FS_MAX_SESSIONS = ROOM_FOR_ONE;
type MediaServer = SwitchUnderTest['mediaServers'][number];

const real = realServers();

/** FreeSWITCH counts a session that it has refused for 10 s more, and shows it on no list of channels. */
async function isEmpty(server: MediaServer): Promise<boolean> {
  return /^0 session\(s\) - peak/m.test(await askEventSocket(server, 'status'));
}

async function limitReal(server: MediaServer): Promise<void> {
  const limit = /\d+/.exec(await askEventSocket(server, 'fsctl max_sessions'))?.[0] ?? '';
  t.teardown(() => askEventSocket(server, `fsctl max_sessions ${limit}`));
  await askEventSocket(server, `fsctl max_sessions ${ROOM_FOR_ONE}`);
  while (!(await isEmpty(server)));
}

/** Beside that of the switch under test. */
async function moreServers(): Promise<SwitchUnderTest['mediaServers']> {
  if (real !== null) {
    const spares = real.mediaServers.map(spareOf);
    await Promise.all([...real.mediaServers, ...spares].map(limitReal));
    return spares;
  }
  const second = await startSwitchUnderTest();
  t.teardown(() => second.stop());
  return second.mediaServers.map((server) => ({ ...server, name: 'second' }));
}

const hasSpare =
  (process.env.E2E_SPARE_EVENT_SOCKET ?? '') !== '' && (process.env.E2E_SPARE_FREESWITCH_SIP ?? '') !== '';
const skip =
  real !== null && !hasSpare && 'a second FreeSWITCH is needed: set E2E_SPARE_EVENT_SOCKET, E2E_SPARE_FREESWITCH_SIP';

t.test(
  'FreeSWITCH is at its session limit: the next one takes the caller, and when all are full he gets 503',
  { skip },
  async (t) => {
    const others = await moreServers();
    const system = await AttackSystem.start({ moreMediaServers: others });
    t.teardown(() => system.close());
    const did = await system.addCampaign({
      targets: [],
      // They leave before it is over.
      changes: {
        greetingPromptId: null,
        fallback: [{ kind: 'voicemail', greetingPromptId: 'menu-question', limitMs: 60_000 }],
      },
    });
    const [first, other, third, fourth] = await Promise.all([1, 2, 3, 4].map(() => system.caller(did)));
    if (first === undefined || other === undefined || third === undefined || fourth === undefined)
      throw new Error('callers');
    await first.call();
    await other.call();
    await third.peer.send(third.invite());
    const refusal = await third.peer.response(503);
    await third.acknowledgeRefusal(refusal);
    t.match(refusal.header('retry-after'), /^\d+$/);
    const closed = new Promise<void>((resolve) => {
      const stop = system.app.events.subscribe({
        closed: ({ sipCallId }) => {
          if (sipCallId !== first.callId) return;
          stop();
          resolve();
        },
      });
    });
    t.equal((await first.hangup()).status, 200);
    await closed;
    // Until then it has no room.
    while (!(await Promise.all([...system.switch.mediaServers, ...others].map(isEmpty))).includes(true));
    await fourth.call();
    t.equal((await fourth.hangup()).status, 200);
    t.equal((await other.hangup()).status, 200);
    const records = await Promise.all([first, other, fourth].map(({ callId }) => system.record(callId)));
    for (const { call } of records) t.match(call, { state: 'ended', release: { by: 'caller' } });
    t.match((await system.record(third.callId)).call, {
      outcome: 'refused',
      release: { by: 'system', cause: 'SWITCH_CONGESTION', sipStatus: 503 },
    });
    await system.assertNothingHeld(t);
  },
);
