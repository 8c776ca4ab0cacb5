/** Whether the two control ports listen where others reach them: on all addresses of this machine, or on a public one. */
import { type HostAndPort, isUnspecified, mayBePrivate } from '../../../config/network-address.js';
import { controlPorts, ownAddresses, reachedPlaces } from '../../control-port-exposure.js';
import type { Check } from '../check.js';
import { fault, listed, type Outcome, ok, SkippedError, warning } from '../finding.js';
import { type ListeningSocket, readListeningSockets } from '../listening-sockets.js';

export interface ControlPort {
  readonly port: number;
  readonly server: 'drachtio' | 'FreeSWITCH';
}

const VARIABLES = { drachtio: 'DRACHTIO_ADMIN_ADDRESS', FreeSWITCH: 'RINGPOST_FS_EVENT_SOCKET_IP' } as const;

/** `reached`: addresses of this machine on which somebody answered, loopback apart. */
export function judgeControlPorts(
  ports: readonly ControlPort[],
  reached: readonly HostAndPort[],
  bound: readonly ListeningSocket[],
): Outcome {
  const exposed = ports.flatMap(({ port, server }) => {
    const hosts = reached.filter((place) => place.port === port).map(({ host }) => host);
    const isWide = bound.some((socket) => socket.port === port && isUnspecified(socket.address));
    if (hosts.length === 0 && !isWide) return [];
    const ways = [
      ...(isWide ? ['listens on all addresses'] : []),
      ...(hosts.length > 0 ? [`answers on ${listed(hosts)}`] : []),
    ];
    return [{ server, hosts, sentence: `the control port ${port} of ${server} ${ways.join(' and ')}` }];
  });
  if (exposed.length === 0)
    return ok(`control ports ${listed(ports.map(({ port }) => String(port)))} answer on loopback alone`);
  const found = exposed.map(({ sentence }) => sentence).join('; ');
  const variables = [...new Set(exposed.map(({ server }) => VARIABLES[server]))];
  const advice = `start it with ${listed(variables)} at 127.0.0.1 or at the address of a network that is yours alone, and close the port in the firewall`;
  const isPublic = exposed.some(({ hosts }) => hosts.some((host) => !mayBePrivate(host)));
  const who = isPublic ? 'unless a firewall stands before it, the whole internet' : 'everybody in that network';
  const what = exposed.some(({ server }) => server === 'drachtio')
    ? 'places calls at our cost, as drachtio asks nobody for a secret'
    : 'may try passwords';
  return isPublic ? fault(`${found}: ${who} ${what}`, advice) : warning(`${found}: ${who} ${what}`, advice);
}

export const checkAdminPorts: Check = {
  name: 'admin-ports',
  async run({ config }) {
    const used = controlPorts(config);
    if (used.length === 0) throw new SkippedError('the embedded switch takes free ports, which are not known here');
    const sockets = await readListeningSockets();
    const bound = (sockets ?? []).filter(({ port }) => used.includes(port));
    if (sockets !== null && bound.length === 0)
      throw new SkippedError(`nothing listens on port ${listed(used.map(String))} of this machine`);
    const ports = used.map((port) => ({
      port,
      server: port === config.drachtio.port ? ('drachtio' as const) : ('FreeSWITCH' as const),
    }));
    return judgeControlPorts(ports, await reachedPlaces(ownAddresses(), used), bound);
  },
};
