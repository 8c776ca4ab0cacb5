/** Whether FreeSWITCH answers a call: one of the doctor's own, straight to the profile, which it hangs up after a moment. */
import { formatHostAndPort } from '../../../config/network-address.js';
import type { MediaServerCheck } from '../check.js';
import { fault, ok, SkippedError } from '../finding.js';
import { stateOfFolder } from '../folder-state.js';

export const checkProfileCall: MediaServerCheck = {
  name: 'profile-call',
  async run(server, { config }) {
    const { promptFolder, recordingFolder } = config.files;
    const states = await Promise.all([promptFolder, recordingFolder].map(stateOfFolder));
    if (states.some(({ kind }) => kind !== 'writable'))
      throw new SkippedError('no call is placed before there are both folders for it to use');
    const at = formatHostAndPort(server.server.sip);
    const { callFault } = await server.folderProbe();
    if (callFault === null) return ok(`FreeSWITCH answers a call to ${at}`);
    return fault(
      `FreeSWITCH does not answer a call to ${at}: ${callFault}`,
      'see the profile and the dialplan above; a 403 or no answer means that RINGPOST_FS_APP_CIDR has no place for this machine',
    );
  },
};
