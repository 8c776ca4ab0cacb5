// Fault row F5: drachtio is killed while a pair talks, and comes back. Audio goes directly, so nobody on the line notices.
import t from 'tap';
import { bothReinvited, nextNew, reinvited, takesBye } from './adopted-call.js';
import { killableDrachtio } from './killable-drachtio.js';
import { answeredBuyer, answeredCaller, conversation } from './placed-call.js';
import { request } from './raw-sip-peer.js';
import { NOTHING_LEFT, nothingLeft, startTelephony } from './telephony-under-test.js';

/** How many packets of 20 ms are awaited before it comes back: 0.2 s here, by hand also 5 s and 60 s. */
const ABSENT_PACKETS = Number(process.env.F5_ABSENT_MS ?? 200) / 20;

const drachtio = await killableDrachtio(t);
const { under } = drachtio;

t.test(
  'a pair talks on while drachtio is away; it is back: both dialogs are rebuilt, and a hang-up ends the other side',
  async (t) => {
    const app = await startTelephony(t, under);
    const talk = await conversation(app);
    const { caller, buyer } = talk;
    await drachtio.kill();
    await Promise.all([caller.voice.heard(ABSENT_PACKETS), buyer.voice.heard(ABSENT_PACKETS)]);
    const asked = bothReinvited(talk);
    await drachtio.start();
    await asked;
    t.equal(caller.leg.hasEnded || buyer.leg.hasEnded, false);
    await Promise.all([caller.voice.heard(10), buyer.voice.heard(10)]);
    buyer.peer.send(request(buyer.peer, 'BYE', 1, buyer.dialog), under.sipPort);
    t.equal(await talk.unbridged, 'buyer');
    await takesBye(caller.peer);
    t.same(await nothingLeft(app.telephony), NOTHING_LEFT);
  },
);

t.test('a buyer who hangs up while drachtio is away has ended the call when it is back', async (t) => {
  const app = await startTelephony(t, under);
  const talk = await conversation(app);
  const { caller, buyer } = talk;
  await drachtio.kill();
  const asked = reinvited(caller.peer, caller.voice.port);
  const refused = nextNew(buyer.peer, /^INVITE /).then((invite) => buyer.peer.answer(invite, '481 Gone'));
  await drachtio.start();
  await Promise.all([asked, refused]);
  t.equal(await talk.unbridged, 'buyer');
  t.match(await buyer.leg.ended, { by: 'far-end' });
  await takesBye(caller.peer);
  t.same(await nothingLeft(app.telephony), NOTHING_LEFT);
});

t.test('a leg that we end while drachtio is away: its far end is told when drachtio is back', async (t) => {
  const app = await startTelephony(t, under);
  const caller = await answeredCaller(app);
  await drachtio.kill();
  while (app.telephony.ready().isReady) await caller.voice.heard(1);
  const hangup = caller.leg.hangup('NORMAL_CLEARING');
  await drachtio.start();
  await takesBye(caller.peer);
  await hangup;
  t.same(await nothingLeft(app.telephony), NOTHING_LEFT);
  t.same([...(await app.telephony.survey()).channels.keys()], []);
});

t.test(
  'only the control connection is lost: dialogs that drachtio holds for the lost connection are rebuilt in it',
  async (t) => {
    const app = await startTelephony(t, under);
    const caller = await answeredCaller(app);
    const buyer = await answeredBuyer(app, caller.leg.mediaServer);
    await caller.leg.greeted;
    const bridged = await caller.leg.bridge(buyer.leg, 'ending');
    if (bridged.kind !== 'bridged') throw new Error(bridged.detail);
    const asked = bothReinvited({ caller, buyer, unbridged: bridged.unbridged });
    app.telephony.distrustControlLink();
    await asked;
    caller.peer.send(request(caller.peer, 'BYE', 2, caller.dialog), under.sipPort);
    t.equal(await bridged.unbridged, 'caller');
    await takesBye(buyer.peer);
    t.same(await nothingLeft(app.telephony), NOTHING_LEFT);
  },
);
