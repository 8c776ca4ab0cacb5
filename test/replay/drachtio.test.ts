/** What the real drachtio said to an app and to SIP far ends, said again by the embedded one: every transcript of drachtio/ and its SIP. */
import t from 'tap';
import { DRACHTIO_DIFFERENCES } from '../../src/embedded/drachtio/differences.js';
import { DRACHTIO_EXCEPTIONS } from './drachtio-exceptions.js';
import { replayDrachtio } from './drachtio-replay.js';
import { Exceptions } from './exceptions.js';
import { transcriptNames } from './transcript.js';

const exceptions = new Exceptions(DRACHTIO_EXCEPTIONS, DRACHTIO_DIFFERENCES);

for (const name of transcriptNames('drachtio')) {
  t.test(`as the real drachtio: ${name.replaceAll('-', ' ')}`, async (t) => {
    t.strictSame(await replayDrachtio(name, exceptions), []);
  });
}

t.test('every exception to the transcripts of drachtio is needed', async (t) => {
  t.strictSame(exceptions.unmet(), []);
});
