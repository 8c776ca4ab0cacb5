/** Dialogs that drachtio holds for an application that is gone. Real drachtio-srf as both applications, a bare socket as callee. */
import t from 'tap';
import { tagIn } from '../sip/sip-requests.js';
import { ANSWER_SDP, answerTo, createSwitch, OFFER_SDP, until } from './switch-rig.js';

t.test(
  'a dialog of a dead application keeps its place until a BYE in the name of its peer has ended it; then its heir makes it anew',
  async (t) => {
    const { server, udpPort, createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const callee = await createPeer();
    const uri = `sip:callee@127.0.0.1:${callee.port}`;
    const call = app.createUAC(uri, { localSdp: OFFER_SDP });
    const invite = await callee.receive('INVITE');
    const answered = { body: ANSWER_SDP, extra: [`Contact: <${uri}>`] };
    callee.send(answerTo(invite.text, 200, answered), invite.fromPort);
    const ack = await callee.receive('ACK');
    await call;
    app.disconnect();
    await until(() => server.counts().clients === 0);
    const { From, To, 'Call-ID': sipCallId } = namesOf(ack);
    const evictor = await createPeer();
    const bye = [
      `BYE sip:127.0.0.1:${udpPort} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${evictor.port};branch=z9hG4bK-evict`,
      `From: <sip:evicted@127.0.0.1>;tag=${tagIn(To)}`,
      `To: <sip:evicted@127.0.0.1>;tag=${tagIn(From)}`,
      `Call-ID: ${sipCallId}`,
      'CSeq: 2147483646 BYE',
      'Content-Length: 0\r\n\r\n',
    ];
    evictor.send(bye.join('\r\n'), udpPort);
    await evictor.response(481, 'BYE');
    t.equal(server.counts().dialogs, 0);
    const heir = await createApp();
    const again = heir.createUAC(uri, {
      localSdp: OFFER_SDP,
      headers: { From, To, 'Call-ID': sipCallId, CSeq: '200000000 INVITE' },
    });
    const second = await callee.receive('INVITE');
    t.equal(tagIn(second.header('From')), tagIn(From));
    callee.send(answerTo(second.text, 200, answered), second.fromPort);
    t.equal((await callee.receive('ACK')).header('CSeq'), '200000000 ACK');
    const dialog = await again;
    t.equal(dialog.id, `${sipCallId};from-tag=${tagIn(From)}`);
    const ended = dialog.destroy();
    const last = await callee.receive('BYE');
    callee.send(answerTo(last.text, 200), last.fromPort);
    await ended;
    t.equal(server.counts().dialogs, 0);
  },
);

function namesOf(message: { header(name: string): string }): Record<'From' | 'To' | 'Call-ID', string> {
  return { From: message.header('From'), To: message.header('To'), 'Call-ID': message.header('Call-ID') };
}
