/**
 * Rules about the shape of files: how long they and their functions may be, how they are called, what they export and how they open.
 */
import { basename } from 'node:path';
import ts from 'typescript';
import { type Finding, findingAt, lineAt, nodesOf, type Rule, type SourceFile } from './source-file.js';

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 60;
/** Names that say where a thing lies and not what it is. */
const EMPTY_NAMES = ['utils', 'util', 'helpers', 'helper', 'types', 'index', 'common', 'misc', 'shared'];

function wholeFile(file: SourceFile, sentence: string): Finding {
  return { path: file.path, line: 1, sentence };
}

export const filesStayShort: Rule = (file) => {
  const lines = file.text.replace(/\n$/, '').split('\n').length;
  if (lines <= FILE_LINES_MAX) return [];
  return [wholeFile(file, `has ${lines} lines; ${FILE_LINES_MAX} are the most: divide it by nouns.`)];
};

function functionName(node: ts.SignatureDeclaration): string {
  if (node.name !== undefined) return node.name.getText();
  const parent = node.parent;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText();
  return 'a function';
}

export const functionsStayShort: Rule = (file) => {
  const findings: Finding[] = [];
  for (const node of nodesOf(file.tree)) {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) continue;
    const lines = lineAt(file, node.getEnd()) - lineAt(file, node.getStart(file.tree)) + 1;
    if (lines <= FUNCTION_LINES_MAX) continue;
    findings.push(
      findingAt(file, node, `${functionName(node)} has ${lines} lines; ${FUNCTION_LINES_MAX} are the most.`),
    );
  }
  return findings;
};

export const filesAreNamedByTheirJob: Rule = (file) => {
  const name = basename(file.path).replace(/(\.test|\.d)?\.[a-z]+$/, '');
  if (EMPTY_NAMES.includes(name)) return [wholeFile(file, `is named "${name}", which says nothing about its job.`)];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return [wholeFile(file, `is named "${name}", which is not kebab-case.`)];
  return [];
};

/** A barrel hides where a thing comes from and ties files into cycles. */
export const noBarrels: Rule = (file) => {
  const statements = file.tree.statements;
  const reExports = statements.filter(
    (statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined,
  );
  const rest = statements.filter(
    (statement) => !ts.isExportDeclaration(statement) && !ts.isImportDeclaration(statement),
  );
  if (reExports.length === 0 || rest.length > 0) return [];
  return [wholeFile(file, 'only exports what other files define: import from those instead.')];
};

export const noDefaultExports: Rule = (file) =>
  file.tree.statements
    .filter(
      (statement) =>
        ts.isExportAssignment(statement) ||
        (ts.canHaveModifiers(statement) &&
          (ts.getModifiers(statement) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)),
    )
    .map((statement) => findingAt(file, statement, 'is a default export: export it by its name.'));

export const filesOpenWithTheirJob: Rule = (file) => {
  const afterShebang = file.text.replace(/^#!.*\n/, '').trimStart();
  if (afterShebang.startsWith('/*') || afterShebang.startsWith('//')) return [];
  return [wholeFile(file, 'does not open with a comment that says its job and who calls it.')];
};
