/**
 * Reads what the real servers said (test/fixtures/real, README there) for the tests of this folder. It lists the folder itself, so that
 * a new transcript is replayed without being named anywhere.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One frame of drachtio's control protocol, or one command, reply or event of the event socket. */
export interface ControlLine {
  readonly from: string;
  /** Latin-1 for drachtio, UTF-8 for FreeSWITCH; absent when the line says that the connection was closed. */
  readonly text?: string;
  readonly closed?: boolean;
  /** Tells the connections of one transcript apart. */
  readonly connection?: number;
}

/** One SIP message as the far end saw or sent it. */
export interface SipLine {
  readonly at: string;
  readonly direction: 'in' | 'out';
  readonly text: string;
  /** Absent for UDP. */
  readonly transport?: 'tcp';
}

export type TranscriptFolder = 'drachtio' | 'freeswitch' | 'sip';

export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

const fixtures = join(repositoryRoot(), 'test', 'fixtures', 'real');
const EXTENSION = '.jsonl';

/** The sentences of a folder, sorted. */
export function transcriptNames(folder: TranscriptFolder): string[] {
  return readdirSync(join(fixtures, folder))
    .map((file) => {
      if (!file.endsWith(EXTENSION)) throw new Error(`${folder}/${file} is no transcript`);
      return file.slice(0, -EXTENSION.length);
    })
    .sort();
}

export function readControlLines(folder: 'drachtio' | 'freeswitch', name: string): ControlLine[] {
  return readLines<ControlLine>(folder, name);
}

/** Empty when there is no SIP transcript of that name. */
export function readSipLines(name: string): SipLine[] {
  return existsSync(join(fixtures, 'sip', name + EXTENSION)) ? readLines<SipLine>('sip', name) : [];
}

/** `every-event-...` holds the main headers of events, one object a line. */
export function readEventHeaders(name: string): Record<string, string>[] {
  return readLines<Record<string, string>>('freeswitch', name);
}

function readLines<Line>(folder: TranscriptFolder, name: string): Line[] {
  const text = readFileSync(join(fixtures, folder, name + EXTENSION), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
