/** Whether FreeSWITCH has loaded the modules that a call needs. */
import type { MediaServerCheck } from '../check.js';
import { fault, listed, ok, SkippedError, warning } from '../finding.js';

const NEEDED = ['mod_commands', 'mod_dptools', 'mod_dialplan_xml', 'mod_sofia', 'mod_sndfile', 'mod_tone_stream'];
/** What goes without each. */
const WISHED: Readonly<Record<string, string>> = {
  mod_shout: 'hold music in MP3',
  mod_native_file: "files in a codec's own form",
  mod_conference: 'listening in on calls',
};

export const checkModules: MediaServerCheck = {
  name: 'modules',
  async run(server) {
    if (await server.isEmbedded()) throw new SkippedError('the embedded switch has no modules');
    const isLoaded = async (name: string): Promise<boolean> =>
      (await server.ask(`module_exists ${name}`)).trim() === 'true';
    const absent = async (names: readonly string[]): Promise<readonly string[]> => {
      const loaded = await Promise.all(names.map(isLoaded));
      return names.filter((_name, index) => loaded[index] === false);
    };
    const missing = await absent(NEEDED);
    const advice =
      'install the packages of these modules and load them, as freeswitch-conf/autoload_configs/modules.conf.xml does';
    if (missing.length > 0) return fault(`FreeSWITCH has not loaded ${listed(missing)}: calls fail`, advice);
    const wished = await absent(Object.keys(WISHED));
    if (wished.length === 0)
      return ok(`all ${NEEDED.length + Object.keys(WISHED).length} modules that Ringpost uses are loaded`);
    const lost = wished.map((name) => `${name} (${WISHED[name] ?? ''})`);
    return warning(`FreeSWITCH has not loaded ${listed(lost)}`, advice);
  },
};
