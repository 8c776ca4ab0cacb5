/** `uuid_buglist uuid` and `uuid_record uuid start|stop|mask|unmask|pause|resume path [seconds] [{variables}]`. */
import { separate } from '../argument-list.js';
import type { Channel } from '../channel.js';
import { parseRecordingVariables } from '../recording-variables.js';
import { maskRecording, startRecording, stopRecording } from '../recordings.js';
import type { Api, ApiCall, SwitchCore } from '../switch-core.js';

const USAGE = '-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n';

const FAILURES: Readonly<Record<string, string>> = {
  start: '-ERR Cannot record session!\n',
  stop: '-ERR Cannot stop record session!\n',
  pause: '-ERR Cannot pause recording session!\n',
  resume: '-ERR Cannot resume recording session!\n',
  mask: '-ERR Cannot mask recording session!\n',
  unmask: '-ERR Cannot unmask recording session!\n',
};

async function record({ core, argument }: ApiCall): Promise<string> {
  const [uuid = '', actionWord = '', path, limit = '0', variables = ''] = separate(argument, ' ', 5);
  if (path === undefined) return USAGE;
  const channel = core.channels.locate(uuid);
  if (channel === null) return '-ERR Cannot locate session!\n';
  const action = actionWord.toLowerCase();
  const failure = FAILURES[action];
  if (failure === undefined) return USAGE;
  const isDone = await act(core, channel, action, path, Number.parseInt(limit, 10) || 0, variables);
  return isDone ? '+OK Success\n' : failure;
}

async function act(
  core: SwitchCore,
  channel: Channel,
  action: string,
  path: string,
  limitSeconds: number,
  variables: string,
): Promise<boolean> {
  switch (action) {
    case 'start':
      return startRecording(core, channel, path, { limitSeconds, variables: parseRecordingVariables(variables) });
    case 'stop':
      return stopRecording(channel, path);
    // A paused recording goes on as silence here, so that it keeps its time; FreeSWITCH leaves the pause out.
    default:
      return maskRecording(channel, path, action === 'mask' || action === 'pause');
  }
}

/** What taps the channel's audio, of which this switch knows recordings alone. The file of `record` is no tap, there as here. */
function taps({ core, argument }: ApiCall): string {
  const channel = core.channels.locate(argument.trim());
  if (channel === null) return '';
  const recordings = [...channel.recordings.values()].filter(({ isSession }) => isSession);
  const entries = recordings.map(
    ({ path }) =>
      ` <media-bug>\n  <function>session_record</function>\n  <target>${path}</target>\n  <thread-locked>0</thread-locked>\n </media-bug>\n`,
  );
  return `<media-bugs>\n${entries.join('')}</media-bugs>\n`;
}

export const RECORD_COMMANDS: readonly (readonly [name: string, api: Api])[] = [
  ['uuid_record', record],
  ['uuid_buglist', taps],
];
