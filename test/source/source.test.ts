/**
 * The test over the source: each rule on every file of src, test and bench. It prints what it finds as `path:line sentence`.
 */
import t from 'tap';
import { packageRoot } from '../../src/config/package-root.js';
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
import { type Rule, readSources } from './source-file.js';
import {
  noTestIsLeftOutOrSingledOut,
  testsAssertSomething,
  testsDoNotSleep,
  testTitlesSayWhatIs,
} from './test-rules.js';
import { noCommentedOutCode, noKillsByName, noMachinePaths, noOpenEnds } from './text-rules.js';

const RULES: readonly (readonly [string, Rule])[] = [
  ['no file is longer than 300 lines', filesStayShort],
  ['no function is longer than 60 lines', functionsStayShort],
  ['every file is named by its job, in kebab-case', filesAreNamedByTheirJob],
  ['no file only re-exports others', noBarrels],
  ['nothing is exported as default', noDefaultExports],
  ['every file opens with a comment about its job', filesOpenWithTheirJob],
  ['no code is commented out', noCommentedOutCode],
  ['no end is left open without an issue number', noOpenEnds],
  ['nothing ends processes by name', noKillsByName],
  ['no path of one machine is written anywhere', noMachinePaths],
  ['domain and application read no clock and throw no dice', innerLayersHaveNoClock],
  ['domain and application import no package', innerLayersImportNoPackage],
  ['the domain never waits', domainNeverWaits],
  ['only the command line writes to the console', onlyTheCommandLineWritesToTheConsole],
  ['every test asserts something', testsAssertSomething],
  ['test titles say what is', testTitlesSayWhatIs],
  ['no test is left out or singled out', noTestIsLeftOutOrSingledOut],
  ['no test sleeps', testsDoNotSleep],
];

const files = readSources(packageRoot());

for (const [title, rule] of RULES) {
  t.test(title, async (t) => {
    const findings = files.flatMap(rule).map(({ path, line, sentence }) => `${path}:${line} ${sentence}`);
    for (const finding of findings) t.comment(finding);
    t.same(findings, []);
  });
}
