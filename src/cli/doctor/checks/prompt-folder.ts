/** Whether a sound that we write into the prompt folder is played to a call: the folder is seen by FreeSWITCH under the same path. */
import type { MediaServerCheck } from '../check.js';
import { fault, ok, SkippedError, skipped } from '../finding.js';
import { stateOfFolder } from '../folder-state.js';

export const checkPromptFolder: MediaServerCheck = {
  name: 'prompt-folder',
  async run(server, { config }) {
    const { promptFolder, recordingFolder } = config.files;
    const state = await stateOfFolder(promptFolder);
    if (state.kind === 'unusable')
      return fault(
        `prompts cannot be kept in ${promptFolder}: ${state.sentence}`,
        'give the folder to the user of the app, or set RINGPOST_PROMPT_FOLDER',
      );
    if (state.kind === 'to-be-made') return skipped(`there is no ${promptFolder} yet; the first start makes it`);
    if ((await stateOfFolder(recordingFolder)).kind !== 'writable')
      return skipped(
        `${promptFolder} may be written; whether FreeSWITCH sees it is asked once there is a recording folder`,
      );
    const { callFault, promptFault } = await server.folderProbe();
    if (callFault !== null)
      throw new SkippedError('it is not known, because FreeSWITCH answered no call of the doctor');
    if (promptFault === null) return ok(`a sound that was written to ${promptFolder} was heard in a call`);
    return fault(
      `FreeSWITCH plays nothing from ${promptFolder}: ${promptFault}`,
      'FreeSWITCH must see the folder under the same path, and its user must be able to read it: a common group, mode 750',
    );
  },
};
