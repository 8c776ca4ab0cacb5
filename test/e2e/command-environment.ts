/**
 * What `ringpost start` is told so that it works with the engine under test: an embedded switch of its own on free ports, or the real
 * servers. Used by the tests that run our commands as an operator does.
 */
import type { RingpostCommand } from './ringpost-command.js';
import { realServers, type SwitchUnderTest } from './switch-under-test.js';

const EMBEDDED = {
  RINGPOST_SIP_PORT: '0',
  DRACHTIO_PORT: '0',
  FREESWITCH_EVENT_SOCKET_PORT: '0',
  FREESWITCH_SIP_ADDRESS: '127.0.0.1:0',
};

/** Variables for `ringpost start` with servers that run already, real ones or an embedded switch. */
export function serverVariables({
  drachtio,
  mediaServers,
}: Pick<SwitchUnderTest, 'drachtio' | 'mediaServers'>): typeof EMBEDDED {
  const [server] = mediaServers;
  if (server === undefined) throw new Error('there is no media server');
  const variables = {
    RINGPOST_ENGINE: 'servers',
    RINGPOST_SIP_PORT: '5060',
    DRACHTIO_HOST: drachtio.host,
    DRACHTIO_PORT: String(drachtio.port),
    DRACHTIO_SECRET: drachtio.secret,
    DRACHTIO_SECRET_FILE: '',
    FREESWITCH_EVENT_SOCKET_HOST: server.eventSocketHost,
    FREESWITCH_EVENT_SOCKET_PORT: String(server.eventSocketPort),
    FREESWITCH_EVENT_SOCKET_PASSWORD: server.password,
    FREESWITCH_EVENT_SOCKET_PASSWORD_FILE: '',
    FREESWITCH_SIP_ADDRESS: server.sipAddress,
  };
  return variables;
}

export function commandEnvironment(dataFolder: string): Readonly<Record<string, string>> {
  const servers = realServers();
  return {
    RINGPOST_DATA_FOLDER: dataFolder,
    RINGPOST_DRAIN_MS: '1000',
    RINGPOST_HTTP_PORT: '0',
    ...(servers === null ? EMBEDDED : serverVariables(servers)),
  };
}

/** Where callers send their INVITE once `ringpost start` is up. */
export async function sipOf(app: RingpostCommand): Promise<{ readonly address: string; readonly port: number }> {
  const servers = realServers();
  if (servers !== null) return servers.sip;
  const { sip } = await app.line((line) => line.msg === 'the embedded switch is up');
  return { address: '127.0.0.1', port: Number(String(sip).split(':')[1]) };
}
