// drachtio-fsmrf's own connection to a media server, against a switch: it connects, or says in a sentence why not.
import t from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import { DrachtioLink } from '../../../src/adapters/telephony/drachtio/drachtio-link.js';
import { EventSocketLink } from '../../../src/adapters/telephony/event-socket/event-socket-link.js';
import { MediaServerPool } from '../../../src/adapters/telephony/media-servers/media-server-pool.js';
import { ScriptedEventSocket } from './scripted-event-socket.js';
import { switchUnderTest } from './switch-under-test.js';
import { KeptLog, realClock } from './telephony-under-test.js';

const under = await switchUnderTest(t);
const context = { clock: realClock, log: new KeptLog(), deadlines: DEFAULT_DEADLINES };
const drachtio = new DrachtioLink({ drachtio: under.drachtio, ...context });
t.teardown(() => drachtio.close());
await drachtio.start();

function connected(link: EventSocketLink): Promise<void> {
  return new Promise((resolve) => {
    link.onChange(resolve, () => undefined);
    link.start();
  });
}

t.test('it connects once and leaves nothing open behind', async (t) => {
  const link = new EventSocketLink({ server: under.mediaServer, ...context });
  t.teardown(() => link.close());
  await connected(link);
  const pool = new MediaServerPool(context, drachtio);
  await Promise.all([pool.connect(under.mediaServer, link, '127.0.0.1')]);
  await pool.connect(under.mediaServer, link, '127.0.0.1');
  t.same(pool.names, [under.mediaServer.name]);
  pool.close();
  t.same(pool.names, []);
});

t.test('a server without the profile is refused before drachtio-fsmrf sees it', async (t) => {
  const server = await ScriptedEventSocket.start();
  t.teardown(() => server.close());
  server.onApi = () => 'external profile sip:mod_sofia@127.0.0.1:5080 RUNNING\n';
  const link = new EventSocketLink({ server: server.server, ...context });
  t.teardown(() => link.close());
  await connected(link);
  const pool = new MediaServerPool(context, drachtio);
  await t.rejects(pool.connect(server.server, link, '127.0.0.1'), /fs1 has no SIP profile drachtio_mrf/);
  t.same(pool.names, []);
});
