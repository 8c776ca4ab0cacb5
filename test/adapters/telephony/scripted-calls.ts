/** A caller who has been answered and a buyer who has answered, over scripted servers. */
import type { CallerLeg, DialOutcome } from '../../../src/application/ports/telephony.js';
import { sdpFor } from './raw-sip-peer.js';
import { callIn, type Rig } from './scripted-servers.js';
import { dialling } from './telephony-under-test.js';

export async function callerOf(rig: Rig, callId: string): Promise<CallerLeg> {
  const outcome = await (await callIn(rig, callId)).answering;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  return outcome.leg;
}

export async function dialBuyer(rig: Rig, onLeg = (): Promise<void> => Promise.resolve()): Promise<DialOutcome> {
  const { request } = dialling({ port: 5099 } as never, 'fs1', { onLeg });
  const dialled = rig.telephony.dial(request);
  rig.drachtio.respond(await rig.drachtio.next(/^INVITE sip:buyer@127\.0\.0\.1:5099/), '200 OK', {
    dialogId: 'far-buyer',
    body: sdpFor(40_002),
  });
  return await dialled;
}
