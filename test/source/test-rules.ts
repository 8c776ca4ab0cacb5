/**
 * Rules about tests: each asserts something, each runs, none waits for time to pass, and titles say what is and not what should be.
 */
import ts from 'typescript';
import { type Finding, findingAt, isTestCode, nodesOf, type Rule } from './source-file.js';

/** Calls on a tap test that cannot fail it. `plan` is absent: a plan that is not met fails. */
const CANNOT_FAIL = new Set([
  ...[
    'test',
    'comment',
    'teardown',
    'before',
    'after',
    'beforeEach',
    'afterEach',
    'pass',
    'end',
    'setTimeout',
    'testdir',
  ],
  ...['fixture', 'capture', 'intercept', 'mockImport', 'mockRequire', 'context', 'debug', 'diag', 'chdir'],
]);

interface TapTest {
  readonly call: ts.CallExpression;
  readonly title: string;
  readonly body: ts.Node;
  /** Name of the test object inside the body; null when the body takes none. */
  readonly testName: string | null;
}

/** `t.test('title', async (t) => ...)`, whatever the name of t. */
function tapTestOf(node: ts.Node): TapTest | null {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  if (node.expression.name.text !== 'test') return null;
  const body = node.arguments.at(-1);
  const title = node.arguments[0];
  if (body === undefined || title === undefined) return null;
  if (!ts.isArrowFunction(body) && !ts.isFunctionExpression(body)) return null;
  return { call: node, title: title.getText(), body, testName: body.parameters[0]?.name.getText() ?? null };
}

function asserts(test: TapTest): boolean {
  for (const node of nodesOf(test.body)) {
    if (!ts.isCallExpression(node)) continue;
    if (/^(fc\.assert|assert(\.\w+)?)$/.test(node.expression.getText())) return true;
    if (test.testName === null) continue;
    const callee = node.expression;
    const isOnTest = ts.isPropertyAccessExpression(callee) && callee.expression.getText() === test.testName;
    if (isOnTest && !CANNOT_FAIL.has(callee.name.text)) return true;
    // A function that is handed the test asserts on its behalf; a nested test is looked at by itself.
    if (node.arguments.some((argument) => argument.getText() === test.testName)) return true;
    if (isOnTest && callee.name.text === 'test') return true;
  }
  return false;
}

export const testsAssertSomething: Rule = (file) => {
  if (!file.path.endsWith('.test.ts')) return [];
  const tests = [...nodesOf(file.tree)].map(tapTestOf).filter((test) => test !== null);
  // A contract brings its tests along: the file only names the implementation that has to keep it.
  if (tests.length === 0 && /Contract\(/.test(file.text)) return [];
  if (tests.length === 0) return [{ path: file.path, line: 1, sentence: 'holds no test.' }];
  return tests
    .filter((test) => !asserts(test))
    .map((test) => findingAt(file, test.call, `the test ${test.title} asserts nothing, so it cannot fail.`));
};

export const testTitlesSayWhatIs: Rule = (file) => {
  if (!file.path.endsWith('.test.ts')) return [];
  return [...nodesOf(file.tree)]
    .map(tapTestOf)
    .filter((test) => test !== null)
    .filter((test) => /\bshould\b/.test(test.title))
    .map((test) => findingAt(file, test.call, `the title ${test.title} says what should be: say what is.`));
};

export const noTestIsLeftOutOrSingledOut: Rule = (file) => {
  if (!isTestCode(file)) return [];
  const findings: Finding[] = [];
  for (const node of nodesOf(file.tree)) {
    const isCall =
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      ['only', 'skip', 'todo'].includes(node.expression.name.text);
    const isOption =
      ts.isPropertyAssignment(node) &&
      ['only', 'skip', 'todo'].includes(node.name.getText()) &&
      (node.initializer.kind === ts.SyntaxKind.TrueKeyword || ts.isStringLiteral(node.initializer)) &&
      ts.isCallExpression(node.parent.parent);
    if (isCall || isOption) findings.push(findingAt(file, node, 'leaves a test out, or all the others.'));
  }
  return findings;
};

/** `new Promise((resolve) => setTimeout(resolve, n))` in any dress: an executor that does nothing but start a timer. */
function isSleep(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'Promise') return false;
  const executor = node.arguments?.[0];
  if (executor === undefined || !ts.isArrowFunction(executor)) return false;
  const statements = ts.isBlock(executor.body) ? executor.body.statements : [executor.body];
  const only = statements.length === 1 ? statements[0] : undefined;
  return only !== undefined && /^(return )?(setTimeout|setInterval)\(/.test(only.getText());
}

export const testsDoNotSleep: Rule = (file) => {
  if (!isTestCode(file)) return [];
  const findings: Finding[] = [];
  for (const node of nodesOf(file.tree)) {
    const importsTimer =
      ts.isImportDeclaration(node) && /^.(node:)?timers\/promises.$/.test(node.moduleSpecifier.getText());
    if (isSleep(node) || importsTimer) {
      findings.push(findingAt(file, node, 'sleeps: await the event, or turn the clock.'));
    }
  }
  return findings;
};
