/** What one soak run cost, in lines for people. Nothing here is asserted: the figures depend on the machine. */
import type { ProcessReport } from './process-report.js';
import type { PlacedReport } from './soak-system.js';

export interface SoakReports {
  readonly app: ProcessReport;
  readonly switch: ProcessReport | null;
  /** The process of the callers and buyers. */
  readonly parties: ProcessReport;
}

export interface SoakRun {
  readonly placed: readonly PlacedReport[];
  /** How many calls were placed between the last two reports. */
  readonly secondPart: number;
  readonly before: SoakReports;
  readonly between: SoakReports;
  readonly after: SoakReports;
}

function percentile(sorted: readonly number[], share: number): string {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1) ?? '-';
}

function latencyLine(placed: readonly PlacedReport[]): string {
  const answers = placed.flatMap(({ answerMs }) => (answerMs === null ? [] : [answerMs])).sort((a, b) => a - b);
  const shares = [0.5, 0.9, 0.99].map((share) => `p${share * 100} ${percentile(answers, share)} ms`);
  return `INVITE to 200, ${answers.length} calls: ${shares.join(', ')}`;
}

/** In the second part, when the code is compiled. */
const perCall = (run: SoakRun, ms: number): string => (ms / run.secondPart).toFixed(1);

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(2);

function processLines(name: 'app' | 'switch' | 'parties', run: SoakRun): string[] {
  const reports = [run.before[name], run.between[name], run.after[name]].filter((report) => report !== null);
  const [first, second, last] = reports;
  if (first === undefined || second === undefined || last === undefined) return [];
  const row = (of: (report: ProcessReport) => string): string => reports.map(of).join(' -> ');
  return [
    `${name}: heap ${row((report) => megabytes(report.heapUsedBytes))} MB, of it code ${row((report) => megabytes(report.codeBytes))} MB, objects in threads ${row((report) => String(report.threadObjects))}, external ${row((report) => megabytes(report.externalBytes))} MB`,
    `${name}: RSS ${row((report) => megabytes(report.rssBytes))} MB, descriptors ${row((report) => String(report.descriptors.length))}, timers ${row((report) => String(report.timers))}`,
    `${name}: event loop late ${row(({ lateMs }) => `p50 ${lateMs.p50.toFixed(1)} p99 ${lateMs.p99.toFixed(1)} max ${lateMs.max.toFixed(0)}`)} ms`,
    `${name}: processor ${perCall(run, last.cpuMs - second.cpuMs)} ms a call of the second part, ${perCall(run, last.mainThreadCpuMs - second.mainThreadCpuMs)} of it in the main thread; waiting for the end included`,
  ];
}

export function describeRun(run: SoakRun): string[] {
  return [
    latencyLine(run.placed),
    ...processLines('app', run),
    ...processLines('switch', run),
    ...processLines('parties', run),
  ];
}
