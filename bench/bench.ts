/**
 * `npm run bench`: all that is promised about speed, measured in one run and printed with its target. Run it on a machine that
 * does nothing else; it says what the machine was and how busy it was.
 */
import { benchBacktest } from './backtest-bench.js';
import { type BenchLine, tableOf } from './bench-line.js';
import { benchCalls } from './call-bench.js';
import { describeMachine, loadNow } from './machine.js';
import { benchMedia } from './media-bench.js';
import { type BenchOptions, readOptions, type Section } from './options.js';
import { benchReal } from './real-bench.js';
import { benchRecords } from './records-bench.js';
import { benchRouting } from './routing-bench.js';

type Progress = (sentence: string) => void;

const PARTS: Readonly<Record<Section, (options: BenchOptions, progress: Progress) => Promise<BenchLine[]>>> = {
  routing: (_options, progress) => benchRouting(progress),
  records: async (options, progress) => [
    ...(await benchRecords(options, progress)),
    ...(await benchBacktest(options, progress)),
  ],
  calls: benchCalls,
  media: benchMedia,
  real: benchReal,
};

async function run(options: BenchOptions): Promise<void> {
  const startedMs = performance.now();
  const machine = describeMachine();
  const loadBefore = loadNow();
  const lines: BenchLine[] = [];
  for (const section of options.sections) {
    const progress: Progress = (sentence) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0).padStart(4);
      process.stderr.write(`${seconds} s  ${section}: ${sentence}\n`);
    };
    lines.push(...(await PARTS[section](options, progress)));
  }
  const tookSeconds = Math.round((performance.now() - startedMs) / 1000);
  const load = { before: loadBefore, after: loadNow() };
  if (options.isJson) {
    console.log(JSON.stringify({ machine, load, tookSeconds, isQuick: options.isQuick, lines }, null, 2));
    return;
  }
  console.log(`\n${machine}\nload before ${load.before}, after ${load.after}; ${tookSeconds} s\n\n${tableOf(lines)}`);
}

try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
