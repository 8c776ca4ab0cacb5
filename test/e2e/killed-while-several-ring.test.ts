/** The control app is killed while two buyers ring for one caller, and started again: both are rung anew, one of them talks and pays. */
import t from 'tap';
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { MortalApp } from './mortal-app.js';

const mortal = await MortalApp.open();
t.teardown(() => mortal.close());

t.test('killed while two ring together: nobody is left over, and the caller is sold once', async (t) => {
  const slow = await mortal.startPhone('buyer', { kind: 'ring-forever' });
  const quick = await mortal.startPhone('buyer', { kind: 'answer', afterMs: 4_000 });
  const callerPhone = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
  const did = await mortal.addCampaign({
    strategy: { kind: 'simultaneous' },
    targets: [
      { id: 'slow', uri: slow.uri, price: 40 },
      { id: 'quick', uri: quick.uri, price: 25 },
    ],
  });
  const first = await mortal.start();
  const rings = (id: string) =>
    first.line(({ step, targetId }) => step === 'ringing' && String(targetId).endsWith(`-${id}`));
  const bothRing = Promise.all([rings('slow'), rings('quick')]);
  const caller = await callerPhone.call(mortal.sipUri(did), '+13105550123');
  await bothRing;
  // Who was not known to be answered cannot be taken over.
  await mortal.knows(({ legs }) => legs.some(({ side, state }) => side === 'a' && state === 'up'));
  await first.kill();
  const next = await mortal.start();
  // On a machine that is too busy to kill in time the two talk already.
  await next.line(({ step, what }) => step === 'bridged' || (step === 'adopted' && what === 'talk'));
  await (caller.media as TonePhoneMedia).receives(60);
  caller.hangup();
  await mortal.allClosed(next);
  t.equal(await mortal.channelsLeft(), 0, 'no channel is left');
  const [details] = (await mortal.calls()).filter(({ call }) => call.sipCallId === caller.sipCallId);
  t.match(details?.call, { outcome: 'sold', priceMicros: 25_000_000 });
  t.equal(details?.ledger.filter(({ kind }) => kind === 'buyer-charge').length, 1);
});
