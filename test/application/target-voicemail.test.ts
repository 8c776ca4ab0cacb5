/** The voicemail of a target: for callers whom it was the last to be rung for, in place of the campaign's. */
import t from 'tap';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { FallbackStep } from '../../src/domain/campaigns/campaign.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { greeted } from '../support/flow-walk.js';

const BOX: FallbackStep = { kind: 'voicemail', greetingPromptId: null, limitMs: 120_000 };
const DESK: FallbackStep = {
  kind: 'dial',
  destination: { kind: 'sip', uri: 'sip:desk@127.0.0.1' },
  trunkId: null,
  ringTimeoutMs: 1_000,
};

const withBox = { voicemail: { greetingPromptId: 'apology', limitMs: 30_000 } };

async function unanswered(targets: readonly Target[], fallback: readonly FallbackStep[]) {
  const fixture = new CallFixture({ targets, campaign: { fallback } });
  for (const id of [...targets.map((target) => target.id), 'fallback']) {
    fixture.telephony.scripts.set(id, { kind: 'fail', afterMs: 100, sipStatus: 480, cause: 'NO_ANSWER' });
  }
  const { caller, done } = await greeted(fixture);
  await fixture.clock.advance(5_000);
  const { log } = fixture.telephony;
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
  return { log, greeting: caller.voicemailGreeting, ...(await fixture.stored()) };
}

t.test(
  'the target that was rung last has a box: its greeting and its limit take the place of the step of the chain',
  async (t) => {
    const { log, greeting, call, timeline } = await unanswered(
      [staticTarget('first', 30), staticTarget('last', 20, withBox)],
      [BOX],
    );
    t.equal(log.at(-1), 'voicemail 30000');
    t.equal(greeting, '/cache/apology.wav');
    t.equal(call.outcome, 'voicemail');
    t.match(
      timeline.find(({ step }) => step === 'voicemail'),
      { text: 'the caller may leave a message for last', data: { limitMs: 30_000, targetId: 'last' } },
    );
  },
);

t.test(
  'the campaign keeps its own voicemail when another target, or a number of the chain, was rung after it',
  async (t) => {
    const boxed = staticTarget('boxed', 30, withBox);
    const { log } = await unanswered([boxed, staticTarget('plain', 20)], [BOX]);
    t.equal(log.at(-1), 'voicemail 120000');
    t.equal((await unanswered([boxed], [DESK, BOX])).log.at(-1), 'voicemail 120000');
  },
);

t.test(
  'a chain that has no voicemail ends in that of the target, and one that ends in a message ends there',
  async (t) => {
    const boxed = staticTarget('boxed', 30, withBox);
    const { call, log } = await unanswered([boxed], []);
    t.equal(log.at(-1), 'voicemail 30000');
    t.equal(call.outcome, 'voicemail');
    const message = await unanswered([boxed], [{ kind: 'message', promptId: 'ending' }]);
    t.equal(message.call.outcome, 'message');
    t.equal((await unanswered([staticTarget('plain', 30)], [])).call.outcome, 'failed', 'without a box as ever');
  },
);
