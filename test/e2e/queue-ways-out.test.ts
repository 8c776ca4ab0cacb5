/**
 * What waiting callers hear and how they leave: a queue in the fallback chain that is left by a key, a team of agents who all talk, and the
 * prompt on plain hold with the music around it.
 */
import t from 'tap';
import type { ChainedQueue } from '../../src/domain/routing/queue.js';
import { group, planOf } from '../domain/plan-samples.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { answering, calling, hearsOnly, ringing } from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const AGENT_HZ = 1_700;
const MUSIC_HZ = TONE_PROMPTS['hold-music'].hz;
const PROMPT_HZ = TONE_PROMPTS['short-question'].hz;
const SORRY_HZ = TONE_PROMPTS['sorry-message'].hz;
const ALL = [CALLER_HZ, BUYER_HZ, AGENT_HZ, MUSIC_HZ];
const SILENT_DB = -40;
/** Packets of a second. */
const SECOND = 50;

const QUEUE: ChainedQueue = {
  ...{ maxWaitMs: 60_000, maxCallers: null, prompt: { kind: 'prompt', promptId: 'short-question' } },
  ...{ announceEveryMs: 60_000, leaveKey: '9', leaveTo: 'next' },
};

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

t.test(
  'a caller leaves the queue of the chain while a member rings: he is let go, and the next step follows',
  async (t) => {
    const desk = await ringing(t);
    const did = await sut.addCampaign({
      targets: [{ id: 'desk', uri: desk, price: 0, maxCalls: 1 }],
      team: planOf(group('team', 'sequential', ['campaign-0-desk']), 'desks'),
      changes: {
        targetIds: [],
        fallback: [
          { kind: 'queue', planId: 'desks', ...QUEUE },
          { kind: 'message', promptId: 'sorry-message' },
        ],
      },
    });
    const rings = sut.reached('ringing');
    const caller = await calling(t, sut, did, CALLER_HZ);
    await rings;
    await caller.media.hears(MUSIC_HZ);
    caller.media.sendDtmf('9');
    await caller.media.hears(SORRY_HZ);
    await caller.call.ended;
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'all agents talk: the next caller hears where he stands and music, and has the agent when he is free',
  async (t) => {
    const desk = await answering(t, AGENT_HZ);
    const ann = {
      ...{
        id: 'ann',
        name: 'Ann',
        isActive: true,
        destination: { kind: 'sip' as const, uri: desk.uri },
        trunkId: null,
      },
      ...{ skills: [], pause: null, ringTimeoutMs: 10_000 },
    } as const;
    const did = await sut.addCampaign({
      targets: [],
      agents: [ann],
      changes: {
        agents: {
          ...{ agentIds: ['ann'], need: null, order: 'longest-idle', queue: QUEUE },
          ...{ forwarding: 'manual', handover: 'cold' },
        },
      },
    });
    const first = await calling(t, sut, did, CALLER_HZ);
    await desk.next();
    await hearsOnly(first, [AGENT_HZ], ALL);
    const second = await calling(t, sut, did, CALLER_HZ);
    await second.media.hears(PROMPT_HZ);
    await hearsOnly(second, [MUSIC_HZ], ALL);
    first.call.hangup();
    const again = await desk.next();
    await Promise.all([hearsOnly(second, [AGENT_HZ], ALL), hearsOnly(again, [CALLER_HZ], ALL)]);
    await again.media.receives(SECOND);
    second.call.hangup();
    await again.call.ended;
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'on plain hold the caller hears that he is not forgotten, and music before and behind it without a gap',
  async (t) => {
    const buyer = await answering(t, BUYER_HZ, 6_000);
    const did = await sut.addCampaign({
      targets: [{ id: 'slow', uri: buyer.uri }],
      changes: { holdPrompt: { promptId: 'short-question', everyMs: 2_000 } },
    });
    const caller = await calling(t, sut, did, CALLER_HZ);
    const { media } = caller;
    await media.hears(MUSIC_HZ);
    let isEverSilent = false;
    const heard: number[] = [];
    const note = (hz: number): void => {
      if (media.levelDb(hz) > -22 && heard.at(-1) !== hz) heard.push(hz);
    };
    await media.until(() => {
      const tones = [MUSIC_HZ, PROMPT_HZ, BUYER_HZ];
      isEverSilent ||= tones.every((hz) => media.levelDb(hz) < SILENT_DB);
      for (const hz of tones) note(hz);
      return media.levelDb(BUYER_HZ) > -22;
    });
    const talking = await buyer.next();
    await hearsOnly(talking, [CALLER_HZ], ALL);
    t.equal(isEverSilent, false, 'no half second without a tone');
    t.ok(heard.filter((hz) => hz === PROMPT_HZ).length >= 1, 'he hears the prompt');
    t.ok(heard.indexOf(MUSIC_HZ, heard.indexOf(PROMPT_HZ)) > 0, 'and music behind it');
    await talking.media.receives(SECOND);
    caller.call.hangup();
    await talking.call.ended;
    t.same(await sut.settled(), NOTHING_HELD);
  },
);
