// Goal: whatever calls do, nothing stays behind. Method: 1,000 calls of eleven kinds from seeded peers that answer by rule, all at once
// in batches, then the clock is turned past every timer.
import t from 'tap';
import { createUdpPeer, type RawMessage, type RawPeer } from '../sip/raw-peer.js';
import { requestText, tagIn } from '../sip/sip-requests.js';
import type { AppRequest, AppResponse, DrachtioApp } from './drachtio-app.js';
import { ANSWER_SDP, answerTo, createSwitch, OFFER_SDP, until } from './switch-rig.js';

const KINDS = [
  'answered, caller hangs up',
  'answered, application hangs up',
  'answered, never acknowledged',
  'refused',
  'cancelled',
  'never answered',
  'unknown dialog',
  'outbound answered',
  'outbound busy',
  'outbound silent',
  'outbound cancelled',
] as const;

/** The application: what it does with an inbound call stands in the called user. */
function serve(app: DrachtioApp): void {
  app.invite(async (req: AppRequest, res: AppResponse) => {
    const kind = Number(/sip:(\d+)@/.exec(req.uri)?.[1]);
    if (kind === 3) res.send(486);
    else if (kind === 4) res.send(180);
    else if (kind < 3) {
      const dialog = await app.createUAS(req, res, { localSdp: ANSWER_SDP });
      if (kind === 1) dialog.on('ack', () => void dialog.destroy());
    }
  });
}

/** A caller that acknowledges, hangs up or cancels by the kind of call that stands in its Call-ID. */
function createCaller(peer: RawPeer, switchPort: number): (kind: number, number: number) => void {
  const request = (message: RawMessage, method: string, cseq: number, branch: string) => {
    const to = message.header('To');
    const sipCallId = message.header('Call-ID');
    const toTag = method === 'CANCEL' ? {} : { toTag: tagIn(to) };
    const uri = `sip:${sipCallId.split('-')[0]}@127.0.0.1`;
    peer.send(requestText({ port: peer.port, sipCallId, method, cseq, branch, uri, ...toTag }), switchPort);
  };
  const react = (message: RawMessage): void => {
    const [kind, number] = message.header('Call-ID').split('-').map(Number);
    const branch = `z9hG4bK-${kind}-${number}`;
    const [, status] = message.startLine.split(' ').map(Number);
    if (message.startLine.startsWith('BYE ')) peer.send(answerTo(message.text, 200), switchPort);
    else if (!message.header('CSeq').endsWith('INVITE') || status === undefined) return;
    else if (status === 200 && kind !== 2) {
      request(message, 'ACK', 1, `${branch}-ack`);
      if (kind === 0) request(message, 'BYE', 2, `${branch}-bye`);
    } else if (status >= 300) request(message, 'ACK', 1, branch);
    else if (status === 180 && kind === 4) request(message, 'CANCEL', 1, branch);
  };
  peer.mailbox.put = react;
  return (kind, number) => {
    const branch = `z9hG4bK-${kind}-${number}`;
    const common = { port: peer.port, sipCallId: `${kind}-${number}`, branch, uri: `sip:${kind}@127.0.0.1` };
    if (kind === 6) peer.send(requestText({ ...common, method: 'BYE', toTag: 'nobody' }), switchPort);
    else peer.send(requestText({ ...common, body: OFFER_SDP }), switchPort);
  };
}

/** A callee that answers by the called user. */
function createCallee(peer: RawPeer): void {
  const extra = [`Contact: <sip:callee@127.0.0.1:${peer.port}>`];
  peer.mailbox.put = (message) => {
    const kind = Number(/sip:(\d+)@/.exec(message.header('To'))?.[1]);
    const answer = (status: number, body = '') =>
      peer.send(answerTo(message.text, status, { extra, body }), message.fromPort);
    if (message.startLine.startsWith('BYE ')) answer(200);
    if (message.startLine.startsWith('CANCEL ')) {
      answer(200);
      peer.send(answerTo(message.text.replace(/ CANCEL\r/g, ' INVITE\r'), 487), message.fromPort);
    }
    if (!message.startLine.startsWith('INVITE ')) return;
    if (kind === 7) answer(200, ANSWER_SDP);
    if (kind === 8) answer(486);
    if (kind === 10) answer(180);
  };
}

async function callOut(app: DrachtioApp, kind: number, port: number): Promise<void> {
  const callbacks = {
    cbRequest: (_: unknown, request: AppRequest) => {
      if (kind === 10) request.on('response', () => request.cancel());
    },
  };
  try {
    const dialog = await app.createUAC(`sip:${kind}@127.0.0.1:${port}`, { localSdp: OFFER_SDP }, callbacks);
    await dialog.destroy();
  } catch {
    // Busy, silent and cancelled calls end here.
  }
}

t.test('after 1,000 calls of mixed outcomes no dialog, transaction, timer or request is left', async (t) => {
  const { server, clock, udpPort, createApp } = await createSwitch(t);
  const app = await createApp();
  serve(app);
  const [callerPeer, calleePeer] = [await createUdpPeer(), await createUdpPeer()];
  t.teardown(() => Promise.all([callerPeer.close(), calleePeer.close()]));
  const call = createCaller(callerPeer, udpPort);
  createCallee(calleePeer);
  let peakDialogs = 0;
  const outbound: Promise<void>[] = [];
  for (let number = 0; number < 1_000; number += 1) {
    const kind = number % KINDS.length;
    if (kind < 7) call(kind, number);
    else outbound.push(callOut(app, kind, calleePeer.port));
    if (number % 20 === 19) await new Promise(setImmediate);
    peakDialogs = Math.max(peakDialogs, server.counts().dialogs);
  }
  // Left are the calls that only time ends: never answered, never acknowledged, silent callees.
  await until(() => server.counts().pendingRequests === 91 && server.counts().dialogs === 91 * 2);
  t.ok(peakDialogs > 10, `${peakDialogs} dialogs at once`);
  for (let second = 0; second < 200; second += 1) {
    clock.advance(1_000);
    await new Promise(setImmediate);
  }
  await Promise.all(outbound);
  await until(() => server.counts().dialogs === 0);
  clock.advance(64_000);
  t.match(server.counts(), {
    dialogs: 0,
    pendingRequests: 0,
    openRequests: 0,
    clients: 1,
    sip: { serverTransactions: 0, clientTransactions: 0, awaitingAck: 0, awaitingPrack: 0, timers: 0, malformed: 0 },
  });
});
