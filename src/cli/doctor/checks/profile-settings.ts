/** Parameters of the profile without which no call works: the flow finds channels by Call-ID and lets FreeSWITCH make the buyer's offer. */
import type { MediaServerCheck } from '../check.js';
import { fault, listed, ok, quoted, SkippedError, warning } from '../finding.js';

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'inbound-use-callid-as-uuid': ['true'],
  'enable-3pcc': ['true'],
  dialplan: ['XML'],
  context: ['ringpost'],
};

/** Calls work without these, and some of them badly. */
const WISHED: Readonly<Record<string, readonly string[]>> = {
  'disable-hold': ['true'],
  'enable-100rel': ['false'],
  'enable-timer': ['false'],
  'auth-calls': ['false'],
  'apply-inbound-acl': [],
  'rtp-timeout-sec': [],
};

function differing(parameters: ReadonlyMap<string, string>, wanted: typeof NEEDED): readonly string[] {
  return Object.entries(wanted).flatMap(([name, values]) => {
    const value = parameters.get(name);
    if (value !== undefined && (values.length === 0 || values.includes(value))) return [];
    return [`${name} is ${value === undefined ? 'not set' : `"${quoted(value, 40)}"`}`];
  });
}

export const checkProfileSettings: MediaServerCheck = {
  name: 'profile-settings',
  async run(server) {
    const parameters = await server.profileParameters();
    if (parameters === null) throw new SkippedError('there is no profile in sofia.conf to look at');
    const advice =
      'start FreeSWITCH with freeswitch-conf/, or copy these parameters from its autoload_configs/sofia.conf.xml';
    const faults = differing(parameters, NEEDED);
    if (faults.length > 0) return fault(`of the profile, ${listed(faults)}: calls fail`, advice);
    const odd = differing(parameters, WISHED);
    if (odd.length > 0) return warning(`of the profile, ${listed(odd)}`, advice);
    return ok("channels go by the Call-ID, FreeSWITCH makes the buyers' offers, and the rest of the profile is ours");
  },
};
