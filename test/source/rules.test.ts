/**
 * The rules of the source test, each on a sample that breaks it and on one that only looks as if it did: a rule that finds nothing in the
 * project proves nothing until it has been seen to find something.
 */
import t from 'tap';
import {
  domainNeverWaits,
  innerLayersHaveNoClock,
  innerLayersImportNoPackage,
  onlyTheCommandLineWritesToTheConsole,
} from './purity-rules.js';
import {
  filesAreNamedByTheirJob,
  filesOpenWithTheirJob,
  filesStayShort,
  functionsStayShort,
  noBarrels,
  noDefaultExports,
} from './shape-rules.js';
import { parseSource, type Rule } from './source-file.js';
import {
  noTestIsLeftOutOrSingledOut,
  testsAssertSomething,
  testsDoNotSleep,
  testTitlesSayWhatIs,
} from './test-rules.js';
import { noCommentedOutCode, noKillsByName, noMachinePaths, noOpenEnds } from './text-rules.js';

interface Sample {
  readonly rule: Rule;
  readonly path: string;
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

const lines = (count: number): string => 'x();\n'.repeat(count);
const inTest = (call: string): string => `t.test('a call', async (t) => { ${call} });`;

const SAMPLES: Readonly<Record<string, Sample>> = {
  'a long file': { rule: filesStayShort, path: 'src/a.ts', bad: [lines(301)], good: [lines(300)] },
  'a long function': {
    rule: functionsStayShort,
    path: 'src/a.ts',
    bad: [`function a() {\n${lines(59)}}`, `const a = () => {\n${lines(59)}};`, `class A { b() {\n${lines(59)}} }`],
    good: [`function a() {\n${lines(58)}}`, `function a(): void;\n${lines(80)}`],
  },
  'a barrel': {
    rule: noBarrels,
    path: 'src/a.ts',
    bad: ["export * from './b.js';", "import './c.js';\nexport { b } from './b.js';"],
    good: ["export { b } from './b.js';\nexport const c = 1;", "import './b.js';"],
  },
  'a default export': {
    rule: noDefaultExports,
    path: 'src/a.ts',
    bad: ['export default 1;', 'export default function a() {}'],
    good: ['export const a = 1;', 'switch (a) { default: }'],
  },
  'no opening comment': {
    rule: filesOpenWithTheirJob,
    path: 'src/a.ts',
    bad: ['export const a = 1;'],
    good: ['/** Counts. */\nexport const a = 1;', '#!/usr/bin/env node\n// Counts.\n'],
  },
  'code in a comment': {
    rule: noCommentedOutCode,
    path: 'src/a.ts',
    bad: ['// const a = 1;', '/*\n * return b;\n */', '// call.hangup();', 'a();\n// a.b = c;', 'x(); // }'],
    good: ['// Return it at once; the caller waits.', '// for each leg (RFC 3261)', "const a = '// const b = 1;';"],
  },
  'an open end': {
    rule: noOpenEnds,
    path: 'src/a.ts',
    bad: [`// ${'TO' + 'DO'}: later`, `/* ${'FIX' + 'ME'} */`],
    good: [`// ${'TO' + 'DO'} #12: later`, '// what is left to do'],
  },
  'a kill by name': {
    rule: noKillsByName,
    path: 'src/a.ts',
    bad: [`run('${'pk' + 'ill'} -f node');`, `run(\`${'kill' + 'all'} \${a}\`);`],
    good: ["uuid('uuid_kill');"],
  },
  'a path of one machine': {
    rule: noMachinePaths,
    path: 'src/a.ts',
    bad: [`open('/${'home'}/me/x');`, `// see /${'wo' + 'rk'}/notes`],
    good: ["open('/etc/ringpost');", "get('https://a.example/home/');", "import '../home/a.js';"],
  },
  'a clock in the domain': {
    rule: innerLayersHaveNoClock,
    path: 'src/domain/a.ts',
    bad: ['Date.now();', 'new Date();', 'Math.random();', 'setTimeout(a, 1);', 'process.env;'],
    good: ['new Date(0);', 'const processed = 1;', 'clock.startTimer(1, a);', 'a.process.b;'],
  },
  'a package in the application': {
    rule: innerLayersImportNoPackage,
    path: 'src/application/a.ts',
    bad: ["import a from 'pino';", "import { b } from 'node:fs';", "export * from 'luxon';"],
    good: ["import { a } from '../domain/a.js';"],
  },
  'waiting in the domain': {
    rule: domainNeverWaits,
    path: 'src/domain/a.ts',
    bad: ['async function a() {}', 'type A = Promise<string>;'],
    good: ['function a() {}'],
  },
  'the console': {
    rule: onlyTheCommandLineWritesToTheConsole,
    path: 'src/adapters/a.ts',
    bad: ['console.log(1);'],
    good: ['log.info(1);', "const a = 'console.log';"],
  },
  'a test that cannot fail': {
    rule: testsAssertSomething,
    path: 'test/a.test.ts',
    bad: ['run();', inTest('run();'), inTest('t.pass();'), "t.test('a', async () => { run(); });"],
    good: [inTest('t.equal(1, 2);'), inTest('check(t);'), inTest('fc.assert(p);'), inTest('t.plan(2);')],
  },
  'a title about what should be': {
    rule: testTitlesSayWhatIs,
    path: 'test/a.test.ts',
    bad: ["t.test('it should ring', async (t) => {});"],
    good: [inTest('t.ok(1);')],
  },
  'a test left out': {
    rule: noTestIsLeftOutOrSingledOut,
    path: 'test/a.test.ts',
    bad: [
      "t.only('a', f);",
      "t.skip('a', f);",
      "t.test('a', { skip: true }, f);",
      "t.test('a', { skip: 'later' }, f);",
    ],
    good: ["t.test('a', { skip: missing('sipp') }, f);", 'const only = 1;'],
  },
  'a sleep': {
    rule: testsDoNotSleep,
    path: 'test/a.test.ts',
    bad: ['new Promise((r) => setTimeout(r, 9));', "import { setTimeout } from 'node:timers/promises';"],
    good: ['new Promise((_, reject) => { const timer = setTimeout(reject, 9); timers.push(timer); });'],
  },
};

for (const [name, { rule, path, bad, good }] of Object.entries(SAMPLES)) {
  t.test(`${name} is found, and what only looks like it is not`, async (t) => {
    for (const text of bad) t.not(rule(parseSource(path, text)).length, 0, `finds: ${text.slice(0, 60)}`);
    for (const text of good) t.same(rule(parseSource(path, text)), [], `accepts: ${text.slice(0, 60)}`);
  });
}

t.test('a file name that says nothing, or is not kebab-case, is found', async (t) => {
  const findingsFor = (path: string) => filesAreNamedByTheirJob(parseSource(path, ''));
  for (const path of ['src/utils.ts', 'src/a/types.ts', 'src/a/index.ts', 'src/callScope.ts', 'test/Call.test.ts']) {
    t.equal(findingsFor(path).length, 1, path);
  }
  for (const path of ['src/call-scope.ts', 'test/call-scope.test.ts', 'src/modesl.d.ts', 'bench/g711.ts']) {
    t.same(findingsFor(path), [], path);
  }
});
