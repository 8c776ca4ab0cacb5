/** Whether drachtio is there, accepts our secret, and takes orders from clients without one. */
import { formatHostAndPort, isLoopback } from '../../../config/network-address.js';
import { SECRET_VARIABLES } from '../../../config/secrets.js';
import type { Check } from '../check.js';
import { authenticate, obeysStrangers } from '../control-port.js';
import { fault, type Outcome, ok, quoted, skipped, warning } from '../finding.js';

const { name: VARIABLE, publicDefault } = SECRET_VARIABLES.drachtio;

function unreachable(at: string, detail: string, isEmbedded: boolean): Outcome {
  if (isEmbedded) return skipped(`nothing answers at ${at}: the embedded switch is started by "ringpost start"`);
  return fault(
    `drachtio at ${at} cannot be reached: ${quoted(detail)}`,
    'start drachtio with drachtio-conf/drachtio.conf.xml, or set DRACHTIO_HOST and DRACHTIO_PORT to its admin address',
  );
}

/** On loopback that is as it should be, with the check of the ports to watch that it stays there. */
export function obeysAnybody(host: string, at: string): Outcome {
  if (isLoopback(host)) {
    return ok(
      `drachtio at ${at} accepts our secret; it also obeys clients that send none, as all versions do, so "admin-ports" above must say loopback alone`,
    );
  }
  return warning(
    `drachtio at ${at} accepts our secret, and obeys clients that never send one: whoever reaches the port places calls at our cost`,
    'all versions do; keep the port on loopback or behind a firewall that lets in the control app alone',
  );
}

export const checkDrachtio: Check = {
  name: 'drachtio',
  async run(context) {
    const { config, secrets } = context;
    const at = formatHostAndPort(config.drachtio);
    const unknown = context.whyUnknown('drachtio', config.drachtio.port, VARIABLE);
    if (unknown !== null) return skipped(unknown);
    const answer = await authenticate(config.drachtio, secrets.drachtio.reveal());
    if (answer.kind === 'unreachable') return unreachable(at, answer.detail, config.engine === 'embedded');
    if (answer.kind === 'refused') {
      const byDefault = await authenticate(config.drachtio, publicDefault);
      const found = `drachtio at ${at} refuses our secret`;
      if (byDefault.kind === 'accepted')
        return fault(
          `${found} and accepts "${publicDefault}", which everybody knows`,
          `start drachtio with ${VARIABLE} of this environment`,
        );
      return fault(
        found,
        `give ${VARIABLE} the value with which drachtio was started, and restart whichever has the wrong one`,
      );
    }
    if (!(await obeysStrangers(config.drachtio)))
      return ok(`drachtio at ${at} accepts our secret and nobody without one`);
    return obeysAnybody(config.drachtio.host, at);
  },
};
