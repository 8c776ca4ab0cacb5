/** What the real FreeSWITCH said over the event socket, said again by the embedded one: every transcript of freeswitch/. */
import t from 'tap';
import { FREESWITCH_DIFFERENCES } from '../../src/embedded/freeswitch/differences.js';
import { createMediaEngine } from '../../src/embedded/media/media-engine.js';
import { EVENT_SOCKET_EXCEPTIONS } from './event-socket-exceptions.js';
import { replayEventSocket } from './event-socket-replay.js';
import { Exceptions } from './exceptions.js';
import { makeReplaySounds } from './replay-sounds.js';
import { transcriptNames } from './transcript.js';

/** Each waits for the end of sounds most of its time. */
const RUNS_AT_A_TIME = 6;

const exceptions = new Exceptions(EVENT_SOCKET_EXCEPTIONS, FREESWITCH_DIFFERENCES);
const sounds = makeReplaySounds();
const engine = await createMediaEngine({ rtpPortMin: 20_000, rtpPortMax: 30_000 });
t.teardown(async () => {
  await engine.close();
  sounds.remove();
});

t.jobs = RUNS_AT_A_TIME;
for (const name of transcriptNames('freeswitch')) {
  t.test(`as the real FreeSWITCH: ${name.replaceAll('-', ' ')}`, { buffered: true }, async (t) => {
    t.strictSame(await replayEventSocket(name, { engine, sounds, exceptions }), []);
  });
}

t.test('every exception to the transcripts of the event socket is needed', async (t) => {
  t.strictSame(exceptions.unmet(), []);
});
