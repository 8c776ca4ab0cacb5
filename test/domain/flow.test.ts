// What is wrong with a flow, and where; what it leads to.
import fc from 'fast-check';
import t from 'tap';
import { receiveCall } from '../../src/domain/calls/call.js';
import { isKnownTag, tagsOf } from '../../src/domain/calls/call-tags.js';
import { exitsOf, type Flow, type FlowNode, type SpeechTerms } from '../../src/domain/flows/flow.js';
import { flowFaults } from '../../src/domain/flows/flow-faults.js';
import { flowStatusOf } from '../../src/domain/flows/flow-progress.js';
import { fillText, tokensIn } from '../../src/domain/prompts/fill-text.js';
import { BYE, flowOf, gatherNode, menuNode, SELL, SPEECH } from '../support/flow-samples.js';

function faultsOf(flow: Flow, ...others: readonly Flow[]): readonly string[] {
  const flows = new Map([flow, ...others].map((each) => [each.id, each]));
  return flowFaults(flow, flows).map(({ field, found, expected }) => `${field}: ${found}, ${expected}`);
}

/** A menu whose keys may be said; `speech` null leaves nobody to listen. */
function spoken(says: Readonly<Record<string, readonly string[]>>, speech: SpeechTerms | null = SPEECH): FlowNode {
  const keys = Object.entries(says).map(([key, words]) => [key, { next: 'sell', value: null, says: words }] as const);
  return menuNode({}, { keys: Object.fromEntries(keys), ...(speech === null ? {} : { speech }) });
}

t.test('a flow that asks and sells has no fault', async (t) => {
  const flow = flowOf({
    service: menuNode({ 1: 'zip', 9: 'service' }, { onNoInput: 'zip' }),
    zip: gatherNode('zip', 'mark'),
    mark: { kind: 'set-tag', tag: 'where', value: '{{ivr.zip}} {{caller.state}} {{ping.service}}', next: 'sell' },
  });
  t.same(faultsOf(flow), []);
});

t.test('each fault is named with its place', async (t) => {
  const to = (next: string): FlowNode => ({ kind: 'hold', durationMs: 1_000, next });
  const cases: readonly (readonly [Flow, RegExp])[] = [
    [{ ...flowOf({ a: SELL }), start: 'b' }, /^start: "b", the id of a node of this flow: "a"$/],
    [flowOf({ a: menuNode({ 1: 'nowhere' }) }), /^nodes\.a\.keys\.1\.next: "nowhere", /],
    [flowOf({ a: gatherNode('zip', '__proto__') }), /^nodes\.a\.next: "__proto__", /],
    [flowOf({ a: SELL, b: BYE }), /^nodes\.b: a node that no other leads to, a way to it from start, which is "a"$/],
    [
      flowOf({ a: menuNode({ 1: 'a' }, { onNoInput: 'a', onInvalid: 'a' }) }),
      /^nodes\.a: a node from which the flow never ends/,
    ],
    [flowOf({ a: menuNode({}) }), /^nodes\.a\.keys: no key, at least one key/],
    [
      flowOf({ a: menuNode({ 1: 'sell' }, { onNoInput: 'b' }), b: to('a') }),
      /^nodes\.a: a round without a key: a, b, a, /,
    ],
    [
      flowOf({ a: spoken({ 1: ['roof'] }, null) }),
      /^nodes\.a\.keys\.1\.says: words in a menu without "speech", a menu that listens: /,
    ],
    [
      flowOf({ a: spoken({ 1: ['roof', '?!'] }) }),
      /^nodes\.a\.keys\.1\.says\[1\]: "\?!", a word that a caller can say$/,
    ],
    [
      flowOf({ a: spoken({ 1: ['roof'], 2: ['pipes', 'Roof!'] }) }),
      /^nodes\.a\.keys\.2\.says\[1\]: "Roof!", words that do not stand at key 1 too$/,
    ],
    [
      flowOf({ a: gatherNode('x', 'sell', { minDigits: 9 }) }),
      /^nodes\.a\.maxDigits: 8, at least minDigits, which is 9$/,
    ],
    [flowOf({ a: { kind: 'splitter', shares: [{ percent: 30, next: 'sell' }] } }), /^nodes\.a\.shares: 30 % in all/],
    [
      flowOf({ a: { kind: 'set-tag', tag: 'x', value: '{{ivr.zap}}', next: 'sell' } }),
      /^nodes\.a\.value: the token "ivr\.zap", a tag of the call/,
    ],
    [
      flowOf({ a: { kind: 'hang-up', prompt: { kind: 'text', text: 'Hello {{caller.name}}', voice: 'slt' } } }),
      /^nodes\.a\.prompt\.text: the token "\{\{caller\.name\}\}", one of/,
    ],
  ];
  for (const [flow, expected] of cases) {
    const faults = faultsOf(flow);
    t.ok(
      faults.some((fault) => expected.test(fault)),
      `${faults.join(' | ')} names ${expected}`,
    );
  }
});

t.test('a round through two flows in which nobody is asked for a key is found in each', async (t) => {
  const first = flowOf({ a: { kind: 'go-to-flow', flowId: 'second' } }, 'first');
  const second = flowOf({ b: { kind: 'go-to-flow', flowId: 'first' } }, 'second');
  t.match(faultsOf(first, second), [/^nodes\.a: a round without a key: a, second\/b, a/]);
  t.match(faultsOf(second, first), [/^nodes\.b: a round without a key: b, first\/a, b/]);
});

/** Graphs of nodes that only hold or ask, some of whose ways lead nowhere. */
const GRAPH = fc
  .array(
    fc.record({ kind: fc.constantFrom('hold', 'menu', 'plan'), ways: fc.tuple(fc.nat(7), fc.nat(7), fc.nat(7)) }),
    {
      minLength: 1,
      maxLength: 7,
    },
  )
  .map((shapes) => {
    const nodes = shapes.map(({ kind, ways: [next, onNoInput, onInvalid] }, at): [string, FlowNode] => {
      if (kind === 'hold') return [`n${at}`, { kind: 'hold', durationMs: 1_000, next: `n${next}` }];
      if (kind === 'plan') return [`n${at}`, SELL];
      return [`n${at}`, menuNode({ 1: `n${next}` }, { onNoInput: `n${onNoInput}`, onInvalid: `n${onInvalid}` })];
    });
    return { id: 'g', name: 'g', start: 'n0', nodes: Object.fromEntries(nodes) } satisfies Flow;
  });

t.test(
  'a flow without a fault: a caller who presses nothing is through it after at most as many nodes as it has',
  async (t) => {
    const runs = Number(process.env.PROPERTY_RUNS ?? 500);
    let sound = 0;
    fc.assert(
      fc.property(GRAPH, (flow) => {
        if (faultsOf(flow).length > 0) return true;
        sound += 1;
        let at = flow.start;
        for (let count = 0; count < Object.keys(flow.nodes).length; count += 1) {
          const node = flow.nodes[at];
          if (node === undefined) return false;
          const keyless = exitsOf(node).filter(({ needsKey }) => !needsKey);
          if (keyless.length === 0) return true;
          at = keyless[0]?.to ?? '';
        }
        return false;
      }),
      { numRuns: runs },
    );
    t.ok(sound > 0, `${sound} of ${runs} graphs have no fault`);
  },
);

t.test('a value is put into a text and never read for tokens again', async (t) => {
  const tags = new Map([
    ['ivr.zip', '{{caller.number}}'],
    ['caller.number', 'secret'],
  ]);
  t.equal(fillText('{{ ivr.zip }} and {{ivr.none}}.', tags), '{{caller.number}} and .');
  t.same(tokensIn({ a: ['{{ivr.zip}}', { b: 'x{{caller.state}}' }], c: '{{ivr.zip}}' }), ['ivr.zip', 'caller.state']);
});

t.test('every tag that a call has may stand in a token', async (t) => {
  const call = receiveCall({
    ...{ callId: 'c', sipCallId: 's', configurationVersion: 1, trunkId: 'trunk', startedAt: 0 },
    ...{ callerNumber: '+15125550123', calledNumber: '+12025550100', callerName: 'A', verstat: 'TN-Validation-Passed' },
  });
  const tags = tagsOf(
    { ...call, sourceId: 'source' },
    { country: 'US', state: 'TX', areaCode: '512', timeZone: 'America/Chicago' },
    { zip: '73301' },
  );
  t.same(
    [...tags.keys()].filter((tag) => !isKnownTag(tag)),
    [],
  );
  t.ok(tags.size > 12, 'of every kind');
});

t.test('who has left in the flow is told apart by whether he pressed a key', async (t) => {
  const progress = { flowId: 'f', nodeId: 'n', keysPressed: 0, answers: {}, endedAt: null };
  t.equal(flowStatusOf(null), null);
  t.equal(flowStatusOf(progress), 'ivr-no-keypress');
  t.equal(flowStatusOf({ ...progress, keysPressed: 2 }), 'ivr-left');
  t.equal(flowStatusOf({ ...progress, endedAt: 1 }), null);
});
