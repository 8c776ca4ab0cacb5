/** Whether a call is recorded into the recording folder: FreeSWITCH's user may write there, and we see the file under the same path. */
import type { MediaServerCheck } from '../check.js';
import { fault, ok, SkippedError, skipped } from '../finding.js';
import { stateOfFolder } from '../folder-state.js';

export const checkRecordingFolder: MediaServerCheck = {
  name: 'recording-folder',
  async run(server, { config }) {
    const { promptFolder, recordingFolder } = config.files;
    const state = await stateOfFolder(recordingFolder);
    if (state.kind === 'unusable')
      return fault(
        `recordings cannot be kept in ${recordingFolder}: ${state.sentence}`,
        'give the folder to the user of the app, or set RINGPOST_RECORDING_FOLDER',
      );
    if (state.kind === 'to-be-made') return skipped(`there is no ${recordingFolder} yet; the first start makes it`);
    if ((await stateOfFolder(promptFolder)).kind !== 'writable')
      return skipped(
        `${recordingFolder} may be written; whether FreeSWITCH sees it is asked once there is a prompt folder`,
      );
    const { callFault, recordingFault } = await server.folderProbe();
    if (callFault !== null)
      throw new SkippedError('it is not known, because FreeSWITCH answered no call of the doctor');
    if (recordingFault === null) return ok(`a call was recorded into ${recordingFolder}, and the file is there`);
    return fault(
      `FreeSWITCH records nothing into ${recordingFolder}: ${recordingFault}`,
      'FreeSWITCH must see the folder under the same path, and its user must be able to write there: a common group, mode 770, and both started with umask 0007',
    );
  },
};
