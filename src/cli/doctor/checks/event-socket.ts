/** Whether FreeSWITCH's event socket is there, lets us in and accepts our password. */
import { SECRET_VARIABLES } from '../../../config/secrets.js';
import type { MediaServerCheck } from '../check.js';
import { EventSocketRefusedError, EventSocketSession } from '../event-socket-session.js';
import { fault, type Outcome, ok, quoted, skipped } from '../finding.js';
import type { MediaServerQuestions } from '../media-server-questions.js';

const { name: VARIABLE, publicDefault } = SECRET_VARIABLES.eventSocket;

async function acceptsDefault({ server }: MediaServerQuestions): Promise<boolean> {
  const { host, port } = server.eventSocket;
  try {
    (await EventSocketSession.open(host, port, publicDefault)).close();
    return true;
  } catch {
    return false;
  }
}

async function refusalOf(
  error: EventSocketRefusedError,
  server: MediaServerQuestions,
  isEmbedded: boolean,
): Promise<Outcome> {
  const at = server.address;
  switch (error.refusal) {
    case 'wrong-password': {
      const found = `the event socket at ${at} refuses our password`;
      if (await acceptsDefault(server))
        return fault(
          `${found} and accepts "${publicDefault}", which everybody knows`,
          `start FreeSWITCH with RINGPOST_FS_EVENT_SOCKET_PASSWORD set to our ${VARIABLE}`,
        );
      return fault(
        found,
        `give ${VARIABLE} the value of RINGPOST_FS_EVENT_SOCKET_PASSWORD with which FreeSWITCH was started`,
      );
    }
    case 'access-list':
      return fault(
        `the event socket at ${at} refuses our address before any password`,
        'start FreeSWITCH with RINGPOST_FS_APP_CIDR set to the network of this machine',
      );
    case 'no-freeswitch':
      return fault(
        `what listens at ${at} is no event socket of FreeSWITCH`,
        'set FREESWITCH_EVENT_SOCKET_PORT to the port of the event socket',
      );
    case 'unreachable':
      if (isEmbedded) return skipped(`nothing answers at ${at}: the embedded switch is started by "ringpost start"`);
      return fault(
        `the event socket at ${at} cannot be reached: ${quoted(error.message)}`,
        'start FreeSWITCH with freeswitch-conf/, or set FREESWITCH_EVENT_SOCKET_HOST and FREESWITCH_EVENT_SOCKET_PORT to where it listens',
      );
  }
}

export const checkEventSocket: MediaServerCheck = {
  name: 'event-socket',
  async run(server, { config }) {
    if (server.unknown !== null) return skipped(server.unknown);
    try {
      await server.session();
    } catch (error) {
      if (!(error instanceof EventSocketRefusedError)) throw error;
      return await refusalOf(error, server, config.engine === 'embedded');
    }
    const version = quoted(await server.ask('version'), 60);
    return ok(`the event socket at ${server.address} accepts our password: ${version}`);
  },
};
