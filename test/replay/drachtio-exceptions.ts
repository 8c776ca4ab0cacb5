/** Where the embedded drachtio may differ from its transcripts, each with the sentence of differences.ts that allows it. */
import type { ReplayException } from './exceptions.js';

export const DRACHTIO_EXCEPTIONS: readonly ReplayException[] = [
  {
    sentence: 'The ACK to a 422 that the switch itself sent is not shown',
    transcripts: ['a-caller-refreshes-with-a-session-timer-that-is-too-short'],
    leavesOut: (recorded) => recorded.includes('\r\nCSeq: 2 ACK\r\n'),
  },
  {
    sentence: 'The shared secret is enforced',
    transcripts: [
      'a-client-that-never-authenticates-is-served-all-the-same',
      'an-unknown-message-type-closes-the-connection',
    ],
    allow: (recorded, live) =>
      live === 'the connection is closed'
        ? live
        : recorded.replace(/\|(?:OK|NO\|Unknown message type)$/, '|NO|not authenticated'),
  },
  {
    sentence: 'Header fields of the application go out as it wrote them.',
    allow: (recorded) => recorded.replace(/^Proxy-Authorization: .*$/m, (line) => line.replaceAll(', ', ',')),
  },
  {
    sentence: 'The 200 to a CANCEL and the 487 to its INVITE carry one To tag',
    transcripts: ['a-caller-cancels-before-the-app-has-said-anything'],
    allow: (recorded, live) =>
      recorded.startsWith('SIP/2.0 487 ') ? recorded.replace(/^To: .*$/m, /^To: .*$/m.exec(live)?.[0] ?? '') : recorded,
  },
  {
    sentence: 'The transport is named in every line before a message.',
    allow: (recorded, live) => {
      const transport = /\|(?:network|application)\|N\|(udp|tcp)\|/.exec(live)?.[1] ?? '';
      return recorded.replace(/(\|(?:network|application)\|N\|)\|/, `$1${transport}|`);
    },
  },
];
