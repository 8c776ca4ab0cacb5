/** What the real FreeSWITCH said over SIP, said again by the embedded one: every transcript of sip/ that has no control protocol beside it. */
import t from 'tap';
import { FREESWITCH_DIFFERENCES } from '../../src/embedded/freeswitch/differences.js';
import { createMediaEngine } from '../../src/embedded/media/media-engine.js';
import { Exceptions } from './exceptions.js';
import { FREESWITCH_SIP_EXCEPTIONS } from './freeswitch-sip-exceptions.js';
import { replayFreeswitchSip } from './freeswitch-sip-replay.js';
import { makeReplaySounds } from './replay-sounds.js';
import { transcriptNames } from './transcript.js';

const exceptions = new Exceptions(FREESWITCH_SIP_EXCEPTIONS, FREESWITCH_DIFFERENCES);
const ofDrachtio = new Set(transcriptNames('drachtio'));
const names = transcriptNames('sip').filter((name) => !ofDrachtio.has(name));

const sounds = makeReplaySounds();
const engine = await createMediaEngine({ rtpPortMin: 20_000, rtpPortMax: 30_000 });
t.teardown(async () => {
  await engine.close();
  sounds.remove();
});

for (const name of names) {
  t.test(`as the real FreeSWITCH: ${name.replaceAll('-', ' ')}`, async (t) => {
    t.ok(name.startsWith('freeswitch-'), 'a SIP transcript of drachtio lies beside one of its control protocol');
    t.strictSame(await replayFreeswitchSip(name, { engine, sounds, exceptions }), []);
  });
}

t.test('every exception to the SIP transcripts of FreeSWITCH is needed', async (t) => {
  t.strictSame(exceptions.unmet(), []);
});
