/**
 * Contacts in a buyer's 200 that name no place. Only for the embedded switch: drachtio 0.9.10 dies when it receives some of them, before
 * the app hears of the 200 (src/embedded/drachtio/differences.ts).
 */
import t from 'tap';
import { AttackSystem } from './attack-system.js';
import { HostileBuyer } from './hostile-buyer.js';

const system = await AttackSystem.start();
t.teardown(() => system.close());
const skip = system.switch.kind === 'servers' ? 'drachtio 0.9.10 dies of such a 200' : false;

for (const contact of ['<sip:%00@[::1>', '<tel:+1>', '*', '<sip:x@nowhere.invalid>']) {
  t.test(
    `Contact: ${contact} in a buyer’s 200: whatever can be reached, the call ends and nothing stays`,
    { skip },
    async (t) => {
      const buyer = new HostileBuyer(await system.peer());
      const did = await system.addCampaign({
        targets: [{ id: 'acme', uri: buyer.uri }],
        changes: { greetingPromptId: null, recording: 'off' },
      });
      const caller = await system.caller(did);
      await caller.call();
      // Where it can be sent at all, it comes to him.
      void buyer.byes();
      const settled = Promise.race([system.reached('bridged'), system.reached('buyer-failed')]);
      await buyer.answer(await buyer.invite(), '200 OK', { contact });
      await settled;
      await caller.peer.send(caller.write('BYE', { cseq: 2 }));
      t.equal((await caller.peer.final('BYE', 2)).status, 200);
      t.match((await system.record(caller.callId)).call, { state: 'ended' });
      await system.assertNothingHeld(t);
    },
  );
}
