/** Two callers for a team of one: the second hears music until the first has left, and then has the member who talked to him. */
import t from 'tap';
import type { Flow } from '../../src/domain/flows/flow.js';
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import type { PhoneCall } from '../../src/embedded/phone/tone-phone.js';
import { group, planOf } from '../domain/plan-samples.js';
import { isStep, MortalApp } from './mortal-app.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const mortal = await MortalApp.open();
t.teardown(() => mortal.close());

const FLOW: Flow = {
  id: 'team',
  name: 'team',
  start: 'wait',
  nodes: {
    wait: {
      kind: 'queue',
      planId: 'desks',
      maxWaitMs: 60_000,
      maxCallers: null,
      prompt: { kind: 'prompt', promptId: 'short-question' },
      announceEveryMs: 30_000,
      onTimeout: 'bye',
      onFull: 'bye',
      onLeave: 'bye',
      leaveKey: null,
    },
    bye: { kind: 'hang-up', prompt: null },
  },
};

/** A second of talk: more than the campaign asks for. */
const LONG_ENOUGH_PACKETS = 50;

const phoneOf = ({ media }: PhoneCall): TonePhoneMedia => media as TonePhoneMedia;

t.test(
  'the second caller waits for the one member, hears that he does, and is put through when the first has left',
  async (t) => {
    const desk = await mortal.startPhone('buyer', { kind: 'answer', afterMs: 50 });
    const callers = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
    const did = await mortal.addCampaign({
      targets: [{ id: 'desk', uri: desk.uri, price: 0, maxCalls: 1 }],
      flow: FLOW,
      team: planOf(group('team', 'longest-idle', ['campaign-0-desk']), 'desks'),
      changes: { targetIds: [] },
    });
    const app = await mortal.start();
    const first = await callers.call(mortal.sipUri(did), '+13105550123');
    await phoneOf(first).hears(BUYER_HZ);
    const second = await callers.call(mortal.sipUri(did), '+13105550124');
    await phoneOf(second).hears(TONE_PROMPTS['short-question'].hz);
    await phoneOf(second).hears(TONE_PROMPTS['hold-music'].hz);
    const bridged = app.line(isStep('bridged'), 1);
    const again = new Promise<PhoneCall>((resolve) => desk.onCall(resolve));
    await phoneOf(first).receives(LONG_ENOUGH_PACKETS);
    first.hangup();
    const member = await again;
    await bridged;
    await Promise.all([phoneOf(second).hears(BUYER_HZ), phoneOf(member).hears(CALLER_HZ)]);
    await phoneOf(second).receives(LONG_ENOUGH_PACKETS);
    member.hangup();
    await phoneOf(second).hears(TONE_PROMPTS['ending-message'].hz);
    await second.ended;
    await mortal.allClosed(app);
    t.equal(await mortal.stop(app), 0);
    const calls = await mortal.calls();
    t.same(
      calls.map(({ call }) => [call.callerNumber.slice(-1), call.outcome, call.targetId]),
      [
        ['3', 'sold', 'campaign-0-desk'],
        ['4', 'sold', 'campaign-0-desk'],
      ],
    );
    t.ok((calls[1]?.call.holdMs ?? 0) >= 0);
    t.equal(await mortal.channelsLeft(), 0);
  },
);
