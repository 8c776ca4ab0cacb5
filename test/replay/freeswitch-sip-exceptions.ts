/** Where SIP of the embedded FreeSWITCH may differ from its transcripts, each with the sentence of differences.ts that allows it. */
import type { ReplayException } from './exceptions.js';

export const FREESWITCH_SIP_EXCEPTIONS: readonly ReplayException[] = [
  {
    sentence: 'Responses carry no Max-Forwards, and the answer to OPTIONS inside a dialog no SDP',
    allow: (recorded) => {
      if (!recorded.startsWith('SIP/2.0 ')) return recorded;
      const text = recorded.replace(/^Max-Forwards: 70\r\n/m, '');
      if (!/^CSeq: \d+ OPTIONS\r$/m.test(text)) return text;
      const head = text.slice(0, text.indexOf('\r\n\r\n') + 4);
      return head.replace(/^Content-Type: .*\r\n/m, '').replace(/^Content-Length: .*/m, 'Content-Length: 0');
    },
  },
];
