/** Where the event socket of the embedded FreeSWITCH may differ from its transcripts, each with the sentence of differences.ts that allows it. */
import type { ReplayException } from './exceptions.js';

export const EVENT_SOCKET_EXCEPTIONS: readonly ReplayException[] = [
  {
    sentence: 'API commands: those that drachtio-fsmrf and this app send.',
    transcripts: [
      'api-answers-about-channels-that-do-not-exist',
      'api-answers-about-the-server',
      'show-channels-and-uuid-dump-with-a-pair-in-talk',
    ],
    allow: (recorded, live) => {
      const isAllowed = UNKNOWN_COMMANDS.test(live) || live.endsWith('-ERR Cannot find format xml\n');
      return isAllowed ? live : recorded;
    },
  },
  {
    sentence: '`status`, `version`, `sofia status` and `fsctl` speak of the embedded switch',
    allow: (recorded, live) => {
      const isOwn = OWN_WORDS.some((pattern) => pattern.test(live));
      return isOwn && recordedHas(recorded, live) ? live : recorded;
    },
  },
];

const UNKNOWN_COMMANDS = /\n-ERR (uuid_hold|module_exists|reloadacl) Command not found!\n$/;

/** What the embedded switch says of itself. */
const OWN_WORDS: readonly RegExp[] = [
  /ringpost-embedded/,
  /\n127\.0\.0\.1$/,
  /^-ERR Invalid command\nUSAGE: fsctl /m,
  /^Name \tdrachtio_mrf$/m,
];

/** Nothing but its version, its options and the host's address may be other than the transcript's; lines may be missing. */
function recordedHas(recorded: string, live: string): boolean {
  const known = new Set(recorded.split('\n'));
  return live.split('\n').every((line) => known.has(line) || /ringpost-embedded|^USAGE: |^127\.0\.0\.1$/.test(line));
}
