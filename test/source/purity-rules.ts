/**
 * Rules about what code may reach: the domain and the application know no clock, no chance and no package; only the command line
 * writes to the console. Imports between layers are dependency-cruiser's to judge.
 */
import ts from 'typescript';
import { type Finding, findingAt, nodesOf, type Rule, type SourceFile } from './source-file.js';

/** Reached as `object.property` or called by name; each would make the same call give another answer the next day. */
const IMPURE = ['Date.now', 'Math.random', 'performance.now', 'performance.timeOrigin', 'process.hrtime'];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'];

function isInside(file: SourceFile, ...folders: string[]): boolean {
  return folders.some((folder) => file.path.startsWith(folder));
}

function impureUse(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && IMPURE.includes(node.getText())) return node.getText();
  if (ts.isCallExpression(node) && TIMERS.includes(node.expression.getText())) return node.expression.getText();
  const isClockRead = ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length;
  if (isClockRead) return 'new Date()';
  if (ts.isIdentifier(node) && node.text === 'process' && ts.isPropertyAccessExpression(node.parent)) {
    return node.parent.expression === node ? 'process' : null;
  }
  return null;
}

export const innerLayersHaveNoClock: Rule = (file) => {
  if (!isInside(file, 'src/domain/', 'src/application/')) return [];
  const findings: Finding[] = [];
  for (const node of nodesOf(file.tree)) {
    const use = impureUse(node);
    if (use === null) continue;
    findings.push(
      findingAt(file, node, `uses ${use}: time and chance come to this layer as values or through a port.`),
    );
  }
  return findings;
};

export const innerLayersImportNoPackage: Rule = (file) => {
  if (!isInside(file, 'src/domain/', 'src/application/')) return [];
  return file.tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const specifier = statement.moduleSpecifier;
    if (specifier === undefined || !ts.isStringLiteral(specifier) || specifier.text.startsWith('.')) return [];
    return [findingAt(file, statement, `imports "${specifier.text}": this layer knows neither Node nor packages.`)];
  });
};

export const domainNeverWaits: Rule = (file) => {
  if (!isInside(file, 'src/domain/')) return [];
  const findings: Finding[] = [];
  for (const node of nodesOf(file.tree)) {
    const waits =
      node.kind === ts.SyntaxKind.AsyncKeyword ||
      ts.isAwaitExpression(node) ||
      (ts.isIdentifier(node) && node.text === 'Promise');
    if (waits) findings.push(findingAt(file, node, 'waits: the domain computes and returns.'));
  }
  return findings;
};

export const onlyTheCommandLineWritesToTheConsole: Rule = (file) => {
  if (isInside(file, 'src/cli/', 'bench/')) return [];
  const findings: Finding[] = [];
  for (const node of nodesOf(file.tree)) {
    const isConsole =
      ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'console';
    if (isConsole) findings.push(findingAt(file, node, 'writes to the console: use the logger.'));
  }
  return findings;
};
