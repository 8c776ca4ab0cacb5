/** Whether the SIP port answers OPTIONS from this machine as ready, as a carrier's pings ask. */
import { createSystemClock } from '../../../adapters/system/system-clock.js';
import { askForOptions } from '../../../adapters/telephony/sip/options-over-udp.js';
import { formatHostAndPort, type HostAndPort } from '../../../config/network-address.js';
import { findSipAddress } from '../../sip-address.js';
import type { Check } from '../check.js';
import { fault, ok, quoted, SkippedError, warning } from '../finding.js';

const ASK_MS = 500;
const TRIES = 4;
/** drachtio takes its apps in turn. */
const PROBES = 6;

/** Twice, since a busy machine may be late once. */
async function someAreLost(address: HostAndPort): Promise<boolean> {
  const once = { clock: createSystemClock(), from: 'doctor', waitsMs: [2 * ASK_MS] };
  for (let round = 0; round < 2; round += 1) {
    const statuses: (number | null)[] = [];
    for (let probe = 0; probe < PROBES; probe += 1) statuses.push(await askForOptions(address, once));
    if (!statuses.includes(null)) return false;
  }
  return true;
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
    if (await someAreLost(address)) {
      return fault(
        `drachtio at ${at} hands a part of the calls to an app that is gone: of ${PROBES} OPTIONS some are never answered`,
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
