/**
 * The sources of this project as the rules of test/source see them: text and syntax tree, read once. Fixtures are data and stay out.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One place that breaks a rule; printed as `path:line sentence`. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly sentence: string;
}

export interface SourceFile {
  /** Relative to the repository root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

export interface Comment {
  readonly line: number;
  /** With its comment marks. */
  readonly text: string;
}

/** A rule looks at one file and says what is wrong with it. */
export type Rule = (file: SourceFile) => Finding[];

const FOLDERS = ['src', 'test', 'bench'] as const;
const FIXTURES = 'test/fixtures/';

export function parseSource(path: string, text: string): SourceFile {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS) };
}

export function readSources(root: string): SourceFile[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((entry) => `${folder}/${entry}`),
    )
    .filter((path) => /\.(ts|mts|cts|mjs|cjs|js)$/.test(path) && !path.startsWith(FIXTURES))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

/** 1-based, as editors count. */
export function lineAt(file: SourceFile, position: number): number {
  return file.tree.getLineAndCharacterOfPosition(position).line + 1;
}

export function findingAt(file: SourceFile, node: ts.Node, sentence: string): Finding {
  return { path: file.path, line: lineAt(file, node.getStart(file.tree)), sentence };
}

/** Every node of the tree, parents before children. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

function collectComments(file: SourceFile, node: ts.Node, byPosition: Map<number, Comment>): void {
  const ranges = [
    ...(ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []),
    ...(ts.getTrailingCommentRanges(file.text, node.getEnd()) ?? []),
  ];
  for (const { pos, end } of ranges) {
    byPosition.set(pos, { line: lineAt(file, pos), text: file.text.slice(pos, end) });
  }
}

/**
 * Every comment of the file, in order. Only tokens are asked, since the space after the head of a template string would be taken
 * for the start of a comment.
 */
export function commentsOf(file: SourceFile): Comment[] {
  const byPosition = new Map<number, Comment>();
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file.tree).filter((child) => !ts.isJSDoc(child));
    const isTemplatePart = ts.isTemplateHead(node) || ts.isTemplateMiddle(node);
    if (children.length === 0 && !isTemplatePart) collectComments(file, node, byPosition);
    for (const child of children) visit(child);
  };
  visit(file.tree);
  return [...byPosition.entries()].sort(([a], [b]) => a - b).map(([, comment]) => comment);
}

export function isTestCode(file: SourceFile): boolean {
  return file.path.startsWith('test/');
}
