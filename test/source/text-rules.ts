/**
 * Rules about what is written in comments and strings: dead code, open ends, paths of one machine, programs that end processes by name.
 * The forbidden words are put together from halves, so that this file passes its own rules.
 */
import ts from 'typescript';
import { commentsOf, type Finding, findingAt, nodesOf, type Rule, type SourceFile } from './source-file.js';

/** What a line of code looks like that somebody commented out; a sentence never ends like this. */
const CODE_LINES = [
  /^(const|let|var|import|export|return|throw|await|function|class|if|for|while|switch|case|type|interface)\b.*[;{(,]$/,
  /^[\w.$[\]'"]+\((.*)\)(;|\s*\{)$/,
  /^[\w.$[\]]+\s*(=|\+=|-=|\?\?=)\s*[^=].*;$/,
  /^[})\]]+;?$/,
  /^\}\s*(else|catch|finally)\b.*\{$/,
];

function commentLines(text: string): string[] {
  return text
    .replace(/^\/\*\*?/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(\/\/|\*)?\s*/, '').trim());
}

export const noCommentedOutCode: Rule = (file) =>
  commentsOf(file).flatMap((comment) =>
    commentLines(comment.text).flatMap((line, offset) =>
      CODE_LINES.some((pattern) => pattern.test(line))
        ? [{ path: file.path, line: comment.line + offset, sentence: `has code in a comment: "${line}".` }]
        : [],
    ),
  );

const OPEN_END = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b(?!.*#\\d+)`);

export const noOpenEnds: Rule = (file) =>
  commentsOf(file).flatMap((comment) =>
    comment.text
      .split('\n')
      .flatMap((line, offset) =>
        OPEN_END.test(line)
          ? [{ path: file.path, line: comment.line + offset, sentence: 'leaves an end open without an issue number.' }]
          : [],
      ),
  );

/** Text of strings, the fixed parts of templates, and comments. */
function* writtenTexts(file: SourceFile): Generator<{ text: string; finding: (sentence: string) => Finding }> {
  for (const node of nodesOf(file.tree)) {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isText) yield { text: node.text, finding: (sentence) => findingAt(file, node, sentence) };
  }
  for (const { text, line } of commentsOf(file)) {
    yield { text, finding: (sentence) => ({ path: file.path, line, sentence }) };
  }
}

function textRule(pattern: RegExp, sentence: string): Rule {
  return (file) =>
    [...writtenTexts(file)].filter(({ text }) => pattern.test(text)).map(({ finding }) => finding(sentence));
}

export const noKillsByName: Rule = textRule(
  new RegExp(`\\b(${['pk' + 'ill', 'kill' + 'all', 'skill' + ' -'].join('|')})\\b`),
  'ends processes by name: end the one process that was started here, by its id.',
);

/** Home folders and work folders of one machine; temporary folders come from `os.tmpdir()` or `t.testdir()`. */
export const noMachinePaths: Rule = textRule(
  new RegExp(`(^|[^\\w.~-])/(${['home', 'root', 'Users', 'wo' + 'rk', 'fa' + 'rm', 'mnt'].join('|')})/`),
  'names a path of one machine.',
);
