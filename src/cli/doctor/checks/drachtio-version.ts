/** Whether drachtio's version is one that Ringpost was made with. */
import { SECRET_VARIABLES } from '../../../config/secrets.js';
import type { Check } from '../check.js';
import { authenticate } from '../control-port.js';
import { ok, quoted, SkippedError, warning } from '../finding.js';

const KNOWN = /^v?0\.9\./;

export const checkDrachtioVersion: Check = {
  name: 'drachtio-version',
  async run(context) {
    const { config, secrets } = context;
    const unknown = context.whyUnknown('drachtio', config.drachtio.port, SECRET_VARIABLES.drachtio.name);
    if (unknown !== null) throw new SkippedError(unknown);
    const answer = await authenticate(config.drachtio, secrets.drachtio.reveal());
    if (answer.kind !== 'accepted') throw new SkippedError('it is not known, because the control port cannot be used');
    const version = quoted(answer.version ?? 'one that does not say its version', 60);
    if (KNOWN.test(version)) return ok(`drachtio ${version}, SIP on ${quoted(answer.sipAddresses.join(', '))}`);
    return warning(
      `drachtio is ${version}; Ringpost was made and tested with 0.9.10`,
      'use drachtio 0.9, or place a test call with "ringpost test-call DID" before relying on it',
    );
  },
};
