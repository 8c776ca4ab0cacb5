/**
 * Callers who are asked before they are sold, by keys in the audio (RFC 4733): what they answer reaches bidders and conditions, what
 * they leave unanswered sends them on, and one who hangs up is recorded with the node at which he did.
 */
import t from 'tap';
import type { Flow, FlowNode, KeyTerms } from '../../src/domain/flows/flow.js';
import { missingProgram } from '../support/installed-program.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const MENU_HZ = TONE_PROMPTS['menu-question'].hz;
const ZIP_HZ = TONE_PROMPTS['zip-question'].hz;
const WRONG_HZ = TONE_PROMPTS['wrong-key'].hz;
const SORRY_HZ = TONE_PROMPTS['sorry-message'].hz;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

const said = (promptId: string) => ({ kind: 'prompt', promptId }) as const;

const KEYS: KeyTerms = {
  prompt: said('menu-question'),
  isInterruptible: true,
  timeoutMs: 2_000,
  maxTries: 2,
  noInputPrompt: null,
  invalidPrompt: said('wrong-key'),
  onNoInput: 'bye',
  onInvalid: 'bye',
};

const SERVICE: FlowNode = { kind: 'menu', tag: 'service', keys: { 1: { next: 'zip', value: 'roof' } }, ...KEYS };
const BYE: FlowNode = { kind: 'hang-up', prompt: said('sorry-message') };

/** `service` stands in place of the first question. */
function flowOf(id: string, service: FlowNode = SERVICE): Flow {
  const nodes: Record<string, FlowNode> = {
    service,
    zip: {
      ...{
        kind: 'gather',
        tag: 'zip',
        form: 'zip',
        minDigits: 5,
        maxDigits: 5,
        digitTimeoutMs: 2_000,
        terminator: '#',
      },
      ...{ ...KEYS, prompt: said('zip-question'), next: 'sell' },
    },
    sell: { kind: 'plan' },
    bye: BYE,
  };
  return { id, name: id, start: 'service', nodes };
}

t.test(
  'a flow asks service and ZIP: a key cuts the question short, the bidder is asked with the answers, the call is bridged',
  { skip },
  async (t) => {
    const bidder = await sut.startBidder({ accepted: true, bid: 40 });
    const buyer = await sut.startBuyer('uas-answers-and-hangs-up-expect-200');
    const bidderFields = { zip: '{{zip}}', what: '{{service}}' };
    const did = await sut.addCampaign({
      targets: [{ id: 'acme', uri: buyer.run.uri, bidderUrl: bidder.url, bidderFields }],
      flow: flowOf('asks'),
      changes: { recording: 'from-answer' },
    });
    const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
    t.ok(await caller.hears(MENU_HZ), 'the caller hears the first question');
    t.equal(bidder.requests.length, 0, 'and nobody has been asked');
    caller.phone.sendDtmf('1');
    t.ok(await caller.hears(ZIP_HZ), 'then the second');
    caller.phone.sendDtmf('90210');
    t.ok(await caller.hears(BUYER_HZ), 'then the buyer');
    t.equal((await caller.run.ended).diagnosis, '');
    t.equal((await buyer.run.ended).diagnosis, '');
    t.match(bidder.requests, [{ zip: '90210', what: 'roof' }]);
    const { call, recordings, timeline } = await sut.record(caller);
    const answers = { service: 'roof', zip: '90210' };
    t.match(call, { outcome: 'sold', flow: { nodeId: 'sell', keysPressed: 6, answers } });
    t.match(recordings, [{ state: 'ready', kind: 'call' }]);
    const at = (text: RegExp): number => timeline.find((entry) => text.test(entry.text))?.atMs ?? Number.NaN;
    const questionMs = TONE_PROMPTS['menu-question'].ms;
    t.ok(at(/, zip: gather/) - at(/, service: menu/) < questionMs, 'the first question was not played to its end');
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'a key that comes in SIP INFO counts as one in the audio, and cuts the question short too',
  { skip },
  async (t) => {
    const service = { kind: 'menu', tag: 'service', keys: { 1: { next: 'bye', value: null } }, ...KEYS } as const;
    const did = await sut.addCampaign({ targets: [], flow: { ...flowOf('told'), nodes: { service, bye: BYE } } });
    const caller = await sut.startCaller('uac-presses-info-key-expect-200-and-bye', did, { key: '1', key_ms: 4_000 });
    t.ok(await caller.hears(MENU_HZ));
    t.ok(await caller.hears(SORRY_HZ), 'the message to which the key leads');
    t.equal((await caller.run.ended).diagnosis, '');
    const { call } = await sut.record(caller);
    t.match(call, { outcome: 'message', flow: { nodeId: 'bye', keysPressed: 1, answers: { service: '1' } } });
    const stayedMs = (call.endedAt ?? 0) - (call.answeredAt ?? 0);
    t.ok(stayedMs < TONE_PROMPTS['menu-question'].ms, 'the question was not played to its end');
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test('a wrong key and then none: the caller is told, asked again and let go', { skip }, async (t) => {
  const service = { ...SERVICE, prompt: said('short-question'), timeoutMs: 1_000 };
  const did = await sut.addCampaign({ targets: [], flow: flowOf('unheard', service) });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(MENU_HZ));
  caller.phone.sendDtmf('7');
  t.ok(await caller.hears(WRONG_HZ), 'he hears that the key was wrong');
  t.ok(await caller.hears(MENU_HZ), 'and the question again');
  t.ok(await caller.hears(SORRY_HZ), 'and is let go when he says nothing');
  t.equal((await caller.run.ended).diagnosis, '');
  const { call, timeline } = await sut.record(caller);
  t.match(call, { outcome: 'message', flow: { nodeId: 'bye', keysPressed: 1, answers: {} } });
  const told = timeline.filter(({ step }) => step === 'flow').map(({ text }) => text);
  t.ok(told.includes('unheard, service: a key that leads nowhere (1 of 2)'));
  t.ok(told.includes('unheard, service: no key pressed (2 of 2)'));
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('a caller who leaves in the flow has one record, with the node at which he left', { skip }, async (t) => {
  const did = await sut.addCampaign({ targets: [], flow: flowOf('left') });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 4_500 });
  t.ok(await caller.hears(MENU_HZ));
  t.equal((await caller.run.ended).diagnosis, '');
  const { call } = await sut.record(caller);
  t.match(call, {
    outcome: 'abandoned',
    release: { by: 'caller', detail: 'the caller left in flow left at service, without having pressed a key' },
    flow: { flowId: 'left', nodeId: 'service', keysPressed: 0, endedAt: null },
  });
  t.same(await sut.settled(), NOTHING_HELD);
});
