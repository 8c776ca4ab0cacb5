/** Whether the profile speaks G.711 and nothing that would cost a conversion per call. */
import type { MediaServerCheck } from '../check.js';
import { fault, listed, ok, quoted, SkippedError, warning } from '../finding.js';
import { PROFILE } from '../media-server-questions.js';

const WANTED = ['PCMU', 'PCMA'];

function codecsOf(status: string, direction: 'IN' | 'OUT'): readonly string[] {
  const row = new RegExp(`^CODECS ${direction}\\s+(\\S+)`, 'm').exec(status);
  return (row?.[1] ?? '').split(',').map((codec) => codec.split('@')[0]?.toUpperCase() ?? '');
}

export const checkCodecs: MediaServerCheck = {
  name: 'codecs',
  async run(server) {
    const status = await server.ask(`sofia status profile ${PROFILE}`);
    if (!status.includes('CODECS IN')) throw new SkippedError(`there is no profile ${PROFILE} to ask`);
    const inbound = codecsOf(status, 'IN');
    const outbound = codecsOf(status, 'OUT');
    const missing = WANTED.filter((codec) => !inbound.includes(codec) || !outbound.includes(codec));
    const advice = 'set inbound-codec-prefs and outbound-codec-prefs of the profile to PCMU,PCMA';
    if (missing.length > 0)
      return fault(`the profile does not speak ${listed(missing)}, which every carrier does`, advice);
    const others = [...new Set([...inbound, ...outbound])].filter((codec) => !WANTED.includes(codec));
    if (others.length > 0)
      return warning(
        `the profile also offers ${quoted(listed(others))}: calls between unlike codecs cost a conversion`,
        advice,
      );
    return ok('the profile speaks PCMU and PCMA and nothing else');
  },
};
