// Flows in a configuration file: every kind of node is read and written again, and each fault stands at its field.
import t from 'tap';
import { formatConfigurationFile } from '../../../src/adapters/config-file/format-configuration-file.js';
import { readConfigurationText } from '../../../src/adapters/config-file/read-configuration-file.js';
import { referencesTo } from '../../../src/domain/campaigns/references.js';
import { OPTIONS, readChanged, sentences } from './documented-example.js';

const WAYS = { onNoInput: 'bye', onInvalid: 'bye' };
const REQUEST = {
  method: 'POST',
  url: 'https://crm.example/look?zip={{ivr.zip}}',
  headers: {},
  encoding: 'json',
  fields: { call: '{{call_id}}' },
};
const HOURS = { timeZone: 'America/New_York', hours: { mon: ['09:00-17:00'] }, calendars: ['us'] };
const CALENDARS = [{ id: 'us', days: [{ date: '12-25' }] }];
const TEXAN = { kind: 'tag', tag: 'caller.state', operator: 'equals', values: ['TX'] };

const EVERY_KIND = {
  id: 'every-kind',
  start: 'hello',
  nodes: {
    hello: { kind: 'play', prompt: 'greeting', next: 'zip' },
    zip: {
      kind: 'gather',
      tag: 'zip',
      form: 'zip',
      prompt: { text: 'Your ZIP code, please.', plays: 2 },
      speech: { language: 'es-US' },
      next: 'choice',
      ...WAYS,
    },
    choice: {
      kind: 'menu',
      prompt: 'greeting',
      keys: { '1': { next: 'where', says: ['where', 'which place'] }, '#': { next: 'who', value: 'desk' } },
      speech: {},
      ...WAYS,
    },
    who: { kind: 'directory', entries: { '101': '+12125550100' }, trunkId: 'telnyx', onNoAnswer: 'desk', ...WAYS },
    desk: { kind: 'dial', destination: 'sip:desk@pbx.example', onNoAnswer: 'box' },
    where: { kind: 'router', routes: [{ when: TEXAN, next: 'when' }], otherwise: 'mark' },
    when: { kind: 'hours', schedule: HOURS, open: 'draw', closed: 'box' },
    draw: {
      kind: 'splitter',
      shares: [
        { percent: 30, next: 'mark' },
        { percent: 70, next: 'other' },
      ],
    },
    mark: { kind: 'set-tag', tag: 'where', value: '{{ivr.zip}} {{caller.state}}', next: 'look' },
    look: { kind: 'webhook', request: REQUEST, answers: { plan: 'data.plan' }, next: 'wait' },
    wait: { kind: 'hold', durationMs: 5_000, next: 'team' },
    team: {
      kind: 'queue',
      planId: 'roofs',
      prompt: { text: 'You are number {{tag:queue.position}}.' },
      onTimeout: 'sell',
    },
    sell: { kind: 'plan' },
    box: { kind: 'voicemail', prompt: 'sorry' },
    other: { kind: 'go-to-flow', flowId: 'roofing-questions' },
    bye: { kind: 'block-caller', prompt: null },
  },
};

const withNode = (id: string, node: unknown) =>
  readChanged({ calendars: CALENDARS, 'flows.1': { ...EVERY_KIND, nodes: { ...EVERY_KIND.nodes, [id]: node } } });

t.test('every kind of node is read with its defaults, and what is exported is read again unchanged', async (t) => {
  const result = readChanged({ calendars: CALENDARS, 'flows.1': EVERY_KIND });
  t.same(sentences(result), []);
  if (!result.ok) return;
  const flow = result.document.flows[1];
  t.match(flow?.nodes.zip, {
    minDigits: 5,
    maxDigits: 5,
    terminator: '#',
    timeoutMs: 5_000,
    maxTries: 3,
    isInterruptible: true,
  });
  t.match(flow?.nodes.zip, {
    prompt: { kind: 'text', text: 'Your ZIP code, please.', voice: 'slt', plays: 2 },
    noInputPrompt: null,
  });
  t.match(flow?.nodes.zip, { speech: { language: 'es-US', minConfidence: 0.4 } });
  t.match(flow?.nodes.choice, {
    speech: { language: 'en-US', minConfidence: 0.4 },
    keys: { '1': { next: 'where', value: null, says: ['where', 'which place'] } },
  });
  t.match(flow?.nodes.team, { planId: 'roofs', maxWaitMs: 300_000, maxCallers: null, onFull: 'sell' });
  t.match(flow?.nodes.look, { onFailure: 'wait', timeoutMs: 2_000 });
  const again = readConfigurationText(formatConfigurationFile(result.document), OPTIONS);
  t.strictSame(again.ok && again.document, result.document);
});

const { zip, choice, mark, who, look, when } = EVERY_KIND.nodes;
const FAULTS: readonly (readonly [string, unknown, RegExp])[] = [
  ['zip', { ...zip, prompt: 'nobody' }, /^flows\[1\]\.nodes\.zip\.prompt: found "nobody", expected the id of a prompt/],
  ['zip', { ...zip, next: 'nowhere' }, /^flows\[1\]\.nodes\.zip\.next: found "nowhere", expected the id of a node/],
  ['zip', { ...zip, form: 'date' }, /^flows\[1\]\.nodes\.zip\.form: found "date", expected "any" or/],
  [
    'zip',
    { ...zip, maxTries: 99 },
    /^flows\[1\]\.nodes\.zip\.maxTries: found 99, expected a whole number from 1 to 10/,
  ],
  ['choice', { ...choice, keys: {} }, /^flows\[1\]\.nodes\.choice\.keys: found no key, expected at least one/],
  [
    'choice',
    { ...choice, keys: { x: { next: 'sell' } } },
    /^flows\[1\]\.nodes\.choice\.keys\.x: found an object, expected one of 0 to 9/,
  ],
  [
    'choice',
    { ...choice, speech: undefined },
    /^flows\[1\]\.nodes\.choice\.keys\.1\.says: found words in a menu without "speech", expected a menu that listens/,
  ],
  [
    'choice',
    { ...choice, keys: { ...choice.keys, '2': { next: 'who', says: ['desk', 'Which  place?'] } } },
    /^flows\[1\]\.nodes\.choice\.keys\.2\.says\[1\]: found "Which {2}place\?", expected words that do not stand at key 1/,
  ],
  [
    'choice',
    { ...choice, keys: { '1': { next: 'where', says: [] } } },
    /^flows\[1\]\.nodes\.choice\.keys\["1"\]\.says: found an empty list, expected a list of 1 to 50 words/,
  ],
  [
    'zip',
    { ...zip, speech: { language: 'English' } },
    /^flows\[1\]\.nodes\.zip\.speech\.language: found "English", expected a language such as/,
  ],
  [
    'zip',
    { ...zip, speech: { minConfidence: 93 } },
    /^flows\[1\]\.nodes\.zip\.speech\.minConfidence: found 93, expected a number from 0 to 1/,
  ],
  [
    'mark',
    { ...mark, value: '{{ivr.zap}}' },
    /^flows\[1\]\.nodes\.mark\.value: found the token "ivr\.zap", expected a tag/,
  ],
  ['who', { ...who, trunkId: null }, /^flows\[1\]\.nodes\.who\.trunkId: found nothing, expected a trunk/],
  ['who', { ...who, entries: {} }, /^flows\[1\]\.nodes\.who\.entries: found an object, expected at least one/],
  [
    'look',
    { ...look, request: { ...REQUEST, url: 'ftp://crm' } },
    /^flows\[1\]\.nodes\.look\.request\.url: found "ftp:\/\/crm", expected an http/,
  ],
  [
    'other',
    { kind: 'go-to-flow', flowId: 'none' },
    /^flows\[1\]\.nodes\.other\.flowId: found "none", expected the id of a flow/,
  ],
  [
    'team',
    { ...EVERY_KIND.nodes.team, planId: 'none' },
    /^flows\[1\]\.nodes\.team\.planId: found "none", expected the id of a plan/,
  ],
  [
    'hello',
    { kind: 'play', prompt: { text: 'Number {{tag:queue.position}}' }, next: 'zip' },
    /^flows\[1\]\.nodes\.hello\.prompt\.text: found the token "queue\.position", expected one of/,
  ],
  [
    'when',
    { ...when, schedule: { ...HOURS, calendars: ['eu'] } },
    /^flows\[1\]\.nodes\.when\.schedule\.calendars\[0\]: found "eu", expected the id of a calendar/,
  ],
  [
    'when',
    { ...when, schedule: { ...HOURS, hours: {} } },
    /^flows\[1\]\.nodes\.when\.schedule\.hours: found an object, expected at least one range, here or on a day of/,
  ],
  ['other', { kind: 'jump' }, /^flows\[1\]\.nodes\.other\.kind: found "jump", expected a node with its kind/],
  ['lone', { kind: 'plan' }, /^flows\[1\]\.nodes\.lone: found a node that no other leads to/],
  [
    'wait',
    { kind: 'hold', durationMs: 5_000, next: 'look' },
    /^flows\[1\]\.nodes\.look: found a round without a key: look, wait, look/,
  ],
];

t.test('each fault stands at its field', async (t) => {
  for (const [id, node, expected] of FAULTS) {
    const faults = sentences(withNode(id, node));
    t.ok(
      faults.some((fault) => expected.test(fault)),
      `${expected} among ${faults.join(' | ')}`,
    );
  }
  t.match(sentences(readChanged({ 'campaigns.0.flowId': 'none' })), [
    /^campaigns\[0\]\.flowId: found "none", expected the id of a flow/,
  ]);
});

t.test('what a flow names cannot be removed', async (t) => {
  const result = readChanged({ calendars: CALENDARS, 'flows.1': EVERY_KIND });
  if (!result.ok) throw new Error('the example is valid');
  const { document } = result;
  const fields = (section: 'prompts' | 'trunks' | 'flows' | 'calendars', id: string) =>
    referencesTo(document, section, id)
      .filter(({ id: from }) => from === 'every-kind')
      .map(({ field }) => field);
  t.same(fields('prompts', 'greeting'), ['nodes.hello.prompt', 'nodes.choice.prompt']);
  t.same(fields('trunks', 'telnyx'), ['nodes.who.trunkId']);
  t.same(fields('calendars', 'us'), ['nodes.when.schedule.calendars[0]']);
  t.same(fields('flows', 'roofing-questions'), ['nodes.other.flowId']);
  t.match(referencesTo(document, 'flows', 'roofing-questions')[0], { section: 'campaigns', field: 'flowId' });
});
