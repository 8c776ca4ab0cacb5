/** Whether the SIP port answers OPTIONS from this machine as ready, as a carrier's pings ask. */
import { createSystemClock } from '../../../adapters/system/system-clock.js';
import { askForOptions } from '../../../adapters/telephony/sip/options-over-udp.js';
import { formatHostAndPort, type HostAndPort } from '../../../config/network-address.js';
import { findSipAddress } from '../../sip-address.js';
import type { Check } from '../check.js';
import { fault, ok, quoted, SkippedError, warning } from '../finding.js';

const ASK_MS = 500;
const TRIES = 4;
/** drachtio takes its apps in turn, and a running app that has found a dead one stands in its list a hundred times. */
const PROBES = 120;

/** Of two rounds the better one, since a busy machine may be late once. */
async function countLost(address: HostAndPort): Promise<number> {
  const asking = { clock: createSystemClock(), from: 'doctor', waitsMs: [TRIES * ASK_MS] };
  let least = PROBES;
  for (let round = 0; round < 2 && least > 0; round += 1) {
    const statuses = await Promise.all(Array.from({ length: PROBES }, () => askForOptions(address, asking)));
    least = Math.min(least, statuses.filter((status) => status === null).length);
  }
  return least;
}

export const checkSip: Check = {
  name: 'sip',
  async run(context) {
    const found = await findSipAddress(context.config, context.secrets);
    if (found.kind === 'unknown') throw new SkippedError(found.sentence);
    const { address } = found;
    const at = quoted(formatHostAndPort(address));
    const asking = { clock: createSystemClock(), from: 'doctor', waitsMs: Array.from({ length: TRIES }, () => ASK_MS) };
    const status = await askForOptions(address, asking);
    if (status === null) {
      return warning(
        `SIP at ${at} does not answer OPTIONS of this machine`,
        'start the app with "ringpost start"; the embedded switch answers the networks of the trunks alone, so add this machine to one to place test calls',
      );
    }
    const lost = await countLost(address);
    if (lost > 0) {
      return fault(
        `drachtio at ${at} hands a part of the calls to an app that is gone: ${lost} of ${PROBES} OPTIONS are never answered`,
        'restart drachtio; calls that are up go on, and their dialogs are rebuilt',
      );
    }
    if (status === 200) return ok(`SIP at ${at} answers OPTIONS with 200: it is ready for calls`);
    return warning(
      `SIP at ${at} answers OPTIONS with ${status}: calls are refused now`,
      'start the app with "ringpost start", and see above whether drachtio, FreeSWITCH or the database is missing',
    );
  },
};
