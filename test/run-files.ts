/**
 * Runs the compiled test files, each in a process of its own, and ends with the line `N passed, N failed`. `test/run` calls it
 * after the build, with the outcome of the checks before it. It reads TAP, which tap writes to standard output. It starts from the
 * sources, so a compiled file whose source is gone never runs; what a file leaves running is ended, and fails that file.
 *
 * Three files run at a time, since most of them mostly wait, or as many as `--at-a-time` says; those whose opening comment says
 * `Runs alone:` with the reason follow at the end, one by one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** A file that has not ended by itself after this long is ended, and failed. */
const FILE_LIMIT_MS = 240_000;
/** Before that, tap ends the file itself and prints which handles were still open. */
const TAP_LIMIT_S = 200;
const KILL_GRACE_MS = 5_000;
const FILES_AT_A_TIME = '3';

interface FileOutcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** Why the file failed, apart from the tests in it; null when nothing did. */
  readonly fault: string | null;
  readonly output: string;
  readonly elapsedMs: number;
}

/** Test sources under the given files and folders, sorted, relative to the repository root. */
function findTestSources(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const trimmed = path.replace(/\/+$/, '');
    if (!existsSync(trimmed)) throw new Error(`there is no ${trimmed}`);
    if (!statSync(trimmed).isDirectory()) {
      found.add(trimmed);
      continue;
    }
    for (const entry of readdirSync(trimmed, { recursive: true, encoding: 'utf8' })) {
      if (entry.endsWith('.test.ts')) found.add(join(trimmed, entry));
    }
  }
  return [...found].sort();
}

/** Counts the outermost results of one TAP stream: each is one test with a sentence for a title. */
function countResults(output: string): { passed: number; failed: number; skipped: string[] } {
  const counts = { passed: 0, failed: 0, skipped: [] as string[] };
  for (const line of output.split('\n')) {
    const result = /^(not )?ok \d+(?: - (.*))?$/.exec(line);
    if (result === null) continue;
    const skip = /^(.*) # SKIP ?(.*)$/i.exec(result[2] ?? '');
    if (skip !== null) counts.skipped.push(`${skip[1] ?? ''}: ${skip[2] ?? ''}`);
    else if (result[1] === undefined) counts.passed += 1;
    else counts.failed += 1;
  }
  return counts;
}

/** True while any process of the group that the file led is alive. */
function groupIsAlive(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 0);
    return true;
  } catch {
    return false;
  }
}

function signalGroup(leaderPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leaderPid, signal);
  } catch {
    // The group ended by itself in the meantime.
  }
}

/** Groups led by files that run now, so that Ctrl-C leaves none of them behind. */
const runningGroups = new Set<number>();

function faultOf(
  exit: { code: number | null; signal: NodeJS.Signals | null },
  timedOut: boolean,
  counts: { passed: number; failed: number; skipped: string[] },
): string | null {
  if (timedOut) return `did not end within ${FILE_LIMIT_MS / 1000} s`;
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  if (exit.code !== 0 && counts.failed === 0) return `ended with exit status ${exit.code} though no test in it failed`;
  if (counts.passed + counts.failed + counts.skipped.length === 0) return 'holds no test';
  return null;
}

function superviseChild(child: ChildProcess, resolve: (outcome: FileOutcome) => void): void {
  const startedAt = performance.now();
  const leaderPid = child.pid;
  if (leaderPid !== undefined) runningGroups.add(leaderPid);
  const chunks: Buffer[] = [];
  let timedOut = false;
  let killTimer: NodeJS.Timeout | undefined;
  const limitTimer = setTimeout(() => {
    timedOut = true;
    if (leaderPid === undefined) return;
    signalGroup(leaderPid, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(leaderPid, 'SIGKILL'), KILL_GRACE_MS);
  }, FILE_LIMIT_MS);
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  // 'exit' and not 'close': a process left behind may hold the pipes open for ever.
  child.once('exit', (code, signal) => {
    clearTimeout(limitTimer);
    clearTimeout(killTimer);
    setImmediate(() => {
      const leftBehind = leaderPid !== undefined && groupIsAlive(leaderPid);
      if (leaderPid !== undefined) {
        if (leftBehind) signalGroup(leaderPid, 'SIGKILL');
        runningGroups.delete(leaderPid);
      }
      child.stdout?.destroy();
      child.stderr?.destroy();
      const output = Buffer.concat(chunks).toString('utf8');
      const counts = countResults(output);
      const fault =
        faultOf({ code, signal }, timedOut, counts) ?? (leftBehind ? 'left a process behind, now ended' : null);
      resolve({ ...counts, fault, output, elapsedMs: performance.now() - startedAt });
    });
  });
}

function runFile(source: string): Promise<FileOutcome> {
  const compiled = join('build', source.replace(/\.ts$/, '.js'));
  if (!existsSync(compiled)) {
    return Promise.resolve({
      ...{ passed: 0, failed: 0, skipped: [], output: '', elapsedMs: 0 },
      fault: `has no ${compiled}: it does not compile`,
    });
  }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', compiled], {
      // A group of its own, so that whatever it starts can be found and ended with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TAP_TIMEOUT: String(TAP_LIMIT_S), NODE_ENV: 'test' },
    });
    superviseChild(child, resolve);
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line for a file that passed, everything it wrote for one that failed. */
function report(source: string, outcome: FileOutcome): void {
  const seconds = (outcome.elapsedMs / 1000).toFixed(1);
  const ok = outcome.failed === 0 && outcome.fault === null;
  const skipped = outcome.skipped.length > 0 ? `, ${outcome.skipped.length} skipped` : '';
  print(
    `${ok ? 'ok  ' : 'FAIL'} ${source}  ${outcome.passed} passed, ${outcome.failed} failed${skipped}  ${seconds} s`,
  );
  if (outcome.fault !== null) print(`     ${source} ${outcome.fault}`);
  if (!ok) print(outcome.output.replace(/^/gm, '     | ').trimEnd());
}

interface Totals {
  passed: number;
  failed: number;
  readonly failedFiles: string[];
  readonly skipped: string[];
}

/** Takes files from the front of the list until it is empty; several of these run beside each other. */
async function drainQueue(queue: string[], totals: Totals): Promise<void> {
  for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
    const outcome = await runFile(source);
    report(source, outcome);
    totals.passed += outcome.passed;
    totals.failed += outcome.failed + (outcome.fault === null ? 0 : 1);
    totals.skipped.push(...outcome.skipped.map((title) => `${source}: ${title}`));
    if (outcome.failed > 0 || outcome.fault !== null) totals.failedFiles.push(source);
  }
}

/** The reason lies in the opening comment: timing that a second busy process would spoil, or most of the machine's memory. */
function runsAlone(source: string): boolean {
  const openingComment = /^\s*\/\*\*.*?\*\//s.exec(readFileSync(source, 'utf8'))?.[0] ?? '';
  return openingComment.includes('Runs alone:');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      passed: { type: 'string', default: '0' },
      failed: { type: 'string', default: '0' },
      'at-a-time': { type: 'string', default: FILES_AT_A_TIME },
    },
  });
  const sources = findTestSources(positionals.length > 0 ? positionals : ['test']);
  const totals: Totals = {
    passed: Number(values.passed),
    failed: Number(values.failed),
    failedFiles: [],
    skipped: [],
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const leaderPid of runningGroups) signalGroup(leaderPid, 'SIGKILL');
      process.exit(1);
    });
  }
  const alone = sources.filter(runsAlone);
  const together = sources.filter((source) => !alone.includes(source));
  await Promise.all(Array.from({ length: Number(values['at-a-time']) }, () => drainQueue(together, totals)));
  await drainQueue(alone, totals);
  if (totals.skipped.length > 0) print(`\nSkipped:\n${totals.skipped.map((title) => `  ${title}`).join('\n')}`);
  if (totals.failedFiles.length > 0) print(`\nFailed:\n${totals.failedFiles.map((file) => `  ${file}`).join('\n')}`);
  print('');
  print(`${totals.passed} passed, ${totals.failed} failed`);
  process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

await main();
