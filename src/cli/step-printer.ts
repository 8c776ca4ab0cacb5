/** Prints the steps of calls as they happen, one line each: for the demonstration and for test calls. */
import type { CallEvents } from '../application/ports/call-events.js';
import type { TimelineEntry } from '../domain/calls/timeline.js';

const SHORT_ID_LENGTH = 8;

function levelsOf(data: TimelineEntry['data']): string {
  const show = (value: TimelineEntry['data'][string] | undefined): string =>
    typeof value === 'number' ? `${value.toFixed(1)} dBFS` : 'silence';
  return `   left (caller) ${show(data.leftRmsDbfs)}, right (buyer) ${show(data.rightRmsDbfs)}`;
}

/** One step as it is shown, with the levels and the files of a recording below it. */
export function linesOfStep(callId: string, entry: TimelineEntry): readonly string[] {
  const at = String(entry.atMs).padStart(7);
  const lines = [`${callId.slice(-SHORT_ID_LENGTH)} ${at} ms  ${entry.step.padEnd(17)} ${entry.text}`];
  if (entry.step !== 'recording-ready') return lines;
  lines.push(levelsOf(entry.data));
  for (const path of [entry.data.wavPath, entry.data.mp3Path]) if (typeof path === 'string') lines.push(`   ${path}`);
  return lines;
}

export function createStepPrinter(print: (line: string) => void): Partial<CallEvents> {
  return {
    stepped: (call, entry) => linesOfStep(call.callId, entry).forEach(print),
    alarm: (kind, sentence) => print(`ALARM ${kind}: ${sentence}`),
    unknownSource: (address) => print(`INVITE from ${address}, which belongs to no trunk: not answered`),
  };
}
