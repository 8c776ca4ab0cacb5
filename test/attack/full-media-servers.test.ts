/**
 * Fault row F12: two FreeSWITCHes with room for one session each. The second caller goes to the second one; when both are full, a caller is
 * told by 503 when to come again, which a carrier takes for "try elsewhere"; when one leaves, the next is taken. Real servers are the
 * FreeSWITCH of the run and its spare, both started with RINGPOST_FS_MAX_SESSIONS=1 when E2E_ONE_SESSION says so.
 */
import t from 'tap';
import { spareOf } from '../e2e/mortal-media-server.js';
import { realServers, type SwitchUnderTest, startSwitchUnderTest } from '../e2e/switch-under-test.js';
import { AttackSystem } from './attack-system.js';
import { askEventSocket } from './event-socket-question.js';

process.env.RINGPOST_FS_MAX_SESSIONS = '1';

async function moreServers(): Promise<SwitchUnderTest['mediaServers']> {
  const real = realServers();
  if (real !== null) return real.mediaServers.map(spareOf);
  const second = await startSwitchUnderTest();
  t.teardown(() => second.stop());
  return second.mediaServers.map((server) => ({ ...server, name: 'second' }));
}

const skip =
  realServers() !== null &&
  (process.env.E2E_ONE_SESSION ?? '') === '' &&
  'both FreeSWITCHes are to be started with RINGPOST_FS_MAX_SESSIONS=1: then set E2E_ONE_SESSION';

async function channelsUp(): Promise<number> {
  const servers = [...system.switch.mediaServers, ...second.mediaServers];
  const shown = await Promise.all(servers.map((server) => askEventSocket(server, 'show channels count')));
  return shown.reduce((sum, text) => sum + Number(/(\d+) total/.exec(text)?.[1]), 0);
}

t.test(
  'FreeSWITCH is at its session limit: the next one takes the caller, and when all are full he gets 503',
  { skip },
  async (t) => {
    const system = await AttackSystem.start({ moreMediaServers: await moreServers() });
    t.teardown(() => system.close());
    const did = await system.addCampaign({
      targets: [],
      // They leave before it is over.
      changes: { greetingPromptId: null, fallback: [{ kind: 'message', promptId: 'long-greeting' }] },
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
    // A server answers BYE before the channel leaves its list, and has no room until then.
    while ((await channelsUp()) > 1);
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
