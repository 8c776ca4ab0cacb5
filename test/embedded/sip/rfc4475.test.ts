// RFC 4475: what an element must read, what it must refuse, and what it must not answer. The messages go to a running stack over UDP;
// the answers are those that the RFC names for each, where it leaves a choice the one that we took stands in the table.
import t from 'tap';
import type { ServerTransaction } from '../../../src/embedded/sip/server-transaction.js';
import type { SipResponse } from '../../../src/embedded/sip/sip-message.js';
import { createSipStack } from '../../../src/embedded/sip/sip-stack.js';
import { createUdpPeer } from './raw-peer.js';
import { tortureMessages } from './torture-messages.js';
import { VirtualClock } from './virtual-clock.js';

type Fate = number | 'request' | 'response' | 'silence';

const FATES: Readonly<Record<string, Fate>> = {
  badaspec: 'request',
  badbranch: 'request',
  baddate: 'request',
  baddn: 'silence',
  badinv01: 'request',
  badvers: 505,
  bcast: 'response',
  bext01: 'request',
  bigcode: 'silence',
  clerr: 400,
  cparam01: 'request',
  cparam02: 'request',
  dblreq: 'request',
  esc01: 'request',
  esc02: 'request',
  escnull: 'request',
  escruri: 'request',
  insuf: 400,
  intmeth: 'request',
  inv2543: 'request',
  invut: 'request',
  longreq: 'request',
  ltgtruri: 400,
  lwsdisp: 'request',
  lwsruri: 400,
  lwsstart: 400,
  mcl01: 400,
  mismatch01: 400,
  mismatch02: 400,
  mpart01: 'request',
  multi01: 400,
  ncl: 400,
  noreason: 'response',
  novelsc: 'request',
  quotbal: 400,
  regaut01: 'request',
  regbadct: 'request',
  regescrt: 'request',
  scalar02: 400,
  scalarlg: 'silence',
  sdp01: 'request',
  semiuri: 'request',
  transports: 'request',
  trws: 400,
  unkscm: 'request',
  unksm2: 'request',
  unreason: 'response',
  wsinv: 'request',
  zeromf: 'request',
};

t.test('each torture message of RFC 4475 meets its fate, and none harms the stack', async (t) => {
  const clock = new VirtualClock();
  let seen: Fate | undefined;
  const requests = new Map<string, ServerTransaction>();
  const responses: SipResponse[] = [];
  let current = '';
  const stack = await createSipStack({
    listeners: [{ transport: 'udp', address: '127.0.0.1', port: 0 }],
    clock,
    rport: 'forced',
    onRequest: (transaction) => {
      seen = 'request';
      requests.set(current, transaction);
      transaction.discard();
    },
    onCancel: () => t.fail('there is no CANCEL among them'),
    onStrayResponse: (response) => {
      seen = 'response';
      responses.push(response);
    },
    onMalformed: () => {
      seen ??= 'silence';
    },
    onBug: (error) => t.error(error),
  });
  const peer = await createUdpPeer();
  peer.mailbox.put = (message) => {
    seen = Number(message.startLine.split(' ')[1]);
  };
  t.teardown(() => Promise.all([stack.close(), peer.close()]));
  for (const [name, bytes] of tortureMessages()) {
    seen = undefined;
    current = name;
    peer.send(bytes, stack.addresses()[0]?.port ?? 0);
    const fate = FATES[name];
    while (seen === undefined || (typeof fate === 'number' && typeof seen !== 'number'))
      await new Promise(setImmediate);
    t.equal(seen, fate, name);
  }
  t.equal(requests.size, Object.values(FATES).filter((fate) => fate === 'request').length);
  const tortuous = requests.get('wsinv');
  t.match(tortuous?.envelope, {
    sipCallId: 'wsinv.ndaksdj@192.0.2.1',
    fromTag: '98asjd8',
    toTag: '1918181833n',
    cseqNumber: 9,
    cseqMethod: 'INVITE',
  });
  t.equal(tortuous?.request.headers.list('Via').length, 3);
  t.equal(tortuous?.request.headers.get('NewFangledHeader'), 'newfangled value continued newfangled value');
  t.equal(tortuous?.request.body.length, 150);
  t.equal(requests.get('dblreq')?.request.body.length, 0, 'what stands behind the body is not ours');
  t.equal(responses.find((response) => response.status === 100)?.reason, '', 'a reason phrase may be empty');
  t.match(stack.counts(), { serverTransactions: 0, clientTransactions: 0, timers: 0 });
});
