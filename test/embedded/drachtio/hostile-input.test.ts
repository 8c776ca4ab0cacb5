/**
 * Goal: nothing that a peer or an application sends harms the switch or stays in it. Method: seeded mutations of real messages over UDP,
 * TCP and the control port, a dialog among them, then the clock is turned past every timer.
 */
import { connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { requestText, tagIn } from '../sip/sip-requests.js';
import { tortureMessages } from '../sip/torture-messages.js';
import { createControlPeer } from './control-peer.js';
import { createSwitch, OFFER_SDP, SECRET, until } from './switch-rig.js';

const SEED = 3_261;

/** The same mutations in every run: pieces cut out, doubled, and overwritten with bytes that parsers trip over. */
function mutations(corpus: readonly Buffer[], count: number): readonly Buffer[] {
  const nasty = [
    '\r\n',
    '\n\n',
    '\0',
    '"',
    '<',
    '>',
    ';',
    ',',
    '@',
    ':',
    '%',
    '|',
    '#',
    ' ',
    '\xff',
    '-1',
    '4294967296',
    ';tag=',
    'SIP/2.0 ',
  ];
  const edit = fc.record({ at: fc.nat(), remove: fc.nat({ max: 9 }), insert: fc.constantFrom('', ...nasty) });
  const edits = fc.sample(fc.tuple(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 6 })), {
    seed: SEED,
    numRuns: count,
  });
  return edits.map(([which, changes]) => {
    let bytes = corpus[which % corpus.length] ?? Buffer.alloc(0);
    for (const { at, remove, insert } of changes) {
      const cut = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, cut), Buffer.from(insert, 'latin1'), bytes.subarray(cut + remove)]);
    }
    return bytes;
  });
}

/** Each on a connection of its own that ends behind it. */
async function sendOverTcp(port: number, messages: readonly Buffer[]): Promise<void> {
  for (const bytes of messages) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.end(bytes);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }
}

/** Each in a frame of the right length, behind the right secret. */
async function sendToControlPort(port: number, payloads: readonly Buffer[]): Promise<void> {
  for (const payload of payloads) {
    const rogue = await createControlPeer(port, SECRET);
    rogue.socket.end(Buffer.concat([Buffer.from(`${payload.length}#`), payload]));
    await rogue.closed;
  }
}

t.test(
  '3,000 mutated messages over UDP, 300 streams over TCP and 300 on the control port harm nothing and leave nothing',
  async (t) => {
    const { server, clock, udpPort, tcpPort, bugs, createPeer } = await createSwitch(t);
    const peer = await createPeer();
    const app = await createControlPeer(server.controlPort, SECRET);
    for (const verb of ['invite', 'options', 'register', 'message']) await app.receive(app.send(`route|${verb}`));
    const base = { port: peer.port, sipCallId: 'hostile', body: OFFER_SDP };
    peer.send(requestText({ ...base, branch: 'z9hG4bK-0' }), udpPort);
    const id = (await app.receive('\r\nINVITE ')).split('|')[8];
    app.send(`sip|${id}|\r\nSIP/2.0 200 OK\r\n\r\n${OFFER_SDP}`);
    const toTag = tagIn((await peer.response(200, 'INVITE')).header('To'));
    const inDialog = ['ACK', 'INFO', 'INVITE', 'UPDATE', 'PRACK', 'CANCEL', 'REFER'].map((method, at) =>
      Buffer.from(requestText({ ...base, method, toTag, cseq: 2 + at, branch: `z9hG4bK-${at}` }), 'latin1'),
    );
    const corpus = [...tortureMessages().values(), ...Array.from({ length: 30 }, () => inDialog).flat()];
    const messages = mutations(corpus, 3_000);
    for (const [at, bytes] of messages.entries()) {
      peer.send(bytes, udpPort);
      if (at % 50 === 49) await new Promise(setImmediate);
    }
    // What names no port in Via would be answered on 5060, where somebody may listen: these messages name one where nobody does.
    await sendOverTcp(tcpPort, mutations(inDialog, 300));
    const commands = [
      'ping',
      'route|invite',
      `sip|${id}|\r\nSIP/2.0 200 OK\r\n\r\n`,
      'sip|||\r\nOPTIONS sip:1@[::1]:9 SIP/2.0\r\nX: 1\r\n\r\n',
    ];
    const payloads = commands.map((text) => Buffer.from(`id|${text}`, 'latin1'));
    await sendToControlPort(server.controlPort, mutations(payloads, 300));
    // The switch still works.
    peer.send(requestText({ port: peer.port, sipCallId: 'after', branch: 'z9hG4bK-after', method: 'NOTIFY' }), udpPort);
    await peer.response(503, 'NOTIFY');
    t.ok(server.counts().sip.malformed > 500, `${server.counts().sip.malformed} were malformed`);
    t.same(bugs, []);
    app.socket.destroy();
    await until(() => server.counts().clients === 0 && server.counts().sip.tcpConnections === 0);
    for (let second = 0; second < 240; second += 1) {
      clock.advance(1_000);
      if (second % 10 === 0) await new Promise(setImmediate);
    }
    const bye = requestText({ ...base, body: '', method: 'BYE', toTag, cseq: 2 ** 31 - 1, branch: 'z9hG4bK-bye' });
    if (server.counts().dialogs > 0) {
      peer.send(bye, udpPort);
      await until(() => server.counts().dialogs === 0);
    }
    clock.advance(64_000);
    t.match(server.counts(), { dialogs: 0, pendingRequests: 0, openRequests: 0, clients: 0 });
    t.match(server.counts().sip, { serverTransactions: 0, clientTransactions: 0, awaitingAck: 0, timers: 0 });
  },
);
