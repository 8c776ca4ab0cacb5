/** Whether the SIP profile that drachtio sends calls to is running, and at the address that we were told. */
import { formatHostAndPort } from '../../../config/network-address.js';
import type { MediaServerCheck } from '../check.js';
import { fault, ok, quoted, warning } from '../finding.js';
import { PROFILE } from '../media-server-questions.js';

/** As drachtio-fsmrf looks for it; on anything else it throws. */
const ROW = new RegExp(`^\\s*${PROFILE}\\s+profile\\s+sip:mod_sofia@(\\S+):(\\d+)\\s+(\\S.*)$`, 'm');

export const checkProfile: MediaServerCheck = {
  name: 'profile',
  async run(server) {
    const row = ROW.exec(await server.ask('sofia status'));
    if (row === null) {
      return fault(
        `FreeSWITCH has no SIP profile ${PROFILE}`,
        'start it with freeswitch-conf/, whose sofia.conf.xml has the profile; its log says why a profile could not be started, often a port in use',
      );
    }
    const [, host = '', port = '', state = ''] = row;
    if (!state.startsWith('RUNNING'))
      return fault(
        `the SIP profile ${PROFILE} is ${quoted(state)}`,
        `run "sofia profile ${PROFILE} start" and read the log of FreeSWITCH`,
      );
    const at = `${host}:${port}`;
    const { sip } = server.server;
    if (sip.port !== Number(port)) {
      return fault(
        `the SIP profile ${PROFILE} runs at ${at}, and drachtio is told to use ${formatHostAndPort(sip)}`,
        `set FREESWITCH_SIP_ADDRESS to ${at}, or RINGPOST_FS_SIP_PORT to ${sip.port}`,
      );
    }
    if (/^[0-9.]+$/.test(sip.host) && sip.host !== host) {
      return warning(
        `the SIP profile ${PROFILE} says that it is at ${at}, and drachtio is told to use ${formatHostAndPort(sip)}`,
        'set FREESWITCH_SIP_ADDRESS to the address of the profile unless an address is translated in between',
      );
    }
    return ok(`the SIP profile ${PROFILE} runs at ${at}`);
  },
};
