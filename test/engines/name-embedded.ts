/** The embedded switch by its own name: started for a moment, asked, and stopped. Each test file starts one of its own. */
import { authenticate } from '../../src/cli/doctor/control-port.js';
import { EventSocketSession } from '../../src/cli/doctor/event-socket-session.js';
import { startSwitchUnderTest } from '../e2e/switch-under-test.js';
import type { Examined } from './examine-servers.js';

export async function nameEmbedded(): Promise<Examined> {
  const started = await startSwitchUnderTest({});
  try {
    const { host, port, secret } = started.drachtio;
    const answer = await authenticate({ host, port }, secret);
    const version = answer.kind === 'accepted' ? answer.version : null;
    const [server] = started.mediaServers;
    if (server === undefined) throw new Error('the embedded switch has no media server');
    const session = await EventSocketSession.open(server.eventSocketHost, server.eventSocketPort, server.password);
    const name = (await session.api('version')).trim();
    session.close();
    const names = [
      'engine: the embedded switch',
      `in the place of drachtio: ${version}`,
      `in the place of FreeSWITCH: ${name}`,
    ];
    return { kind: 'ready', engines: { isReal: false, names, environment: {} } };
  } finally {
    await started.stop();
  }
}
