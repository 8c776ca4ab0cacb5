/** Whether the two control ports listen where others reach them: on all addresses of this machine, or on a public one. */
import { isUnspecified, mayBePrivate } from '../../../config/network-address.js';
import { controlPorts, ownAddresses, reachedPlaces } from '../../control-port-exposure.js';
import type { Check } from '../check.js';
import { fault, listed, type Outcome, ok, SkippedError, warning } from '../finding.js';
import { type ListeningSocket, readListeningSockets } from '../listening-sockets.js';

function judge(reached: readonly string[], bound: readonly ListeningSocket[], ports: readonly number[]): Outcome {
  const isPublic = reached.some((place) => !mayBePrivate(place.replace(/ port \d+$/, '')));
  const everywhere = bound.filter(({ address }) => isUnspecified(address)).map(({ port }) => String(port));
  const where = reached.length > 0 ? `control ports answer on ${listed(reached)}` : '';
  const wide = everywhere.length > 0 ? `port ${listed([...new Set(everywhere)])} listens on all addresses` : '';
  const advice =
    'bind them to loopback or a private address (DRACHTIO_ADMIN_ADDRESS, RINGPOST_FS_EVENT_SOCKET_IP) and close them in the firewall: drachtio obeys whoever reaches it';
  const found = [where, wide].filter((part) => part !== '').join('; ');
  if (isPublic) return fault(`${found}: the whole internet reaches them`, advice);
  if (found !== '') return warning(`${found}: everybody in that network reaches them`, advice);
  return ok(`control ports ${listed(ports.map(String))} answer on loopback alone`);
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
    return judge(await reachedPlaces(ownAddresses(), used), bound, used);
  },
};
