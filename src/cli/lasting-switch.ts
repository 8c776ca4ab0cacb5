/**
 * The embedded switch beside `ringpost start`: it outlives an app that is killed, so that calls go on, and the next start finds it
 * by a file in the data folder and uses it again. The file holds the switch's secrets and is its owner's alone. Whoever started last
 * owns the switch and ends it, unless calls are left up.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKnownDead, processOf, thisProcess } from '../adapters/system/process-life.js';
import type { LeaseHolder } from '../application/ports/process-lease.js';
import { Secret, type ServerSecrets } from '../config/secrets.js';
import { type SwitchReady, startSwitchChild } from './switch-child.js';

export interface LastingSwitch {
  readonly ready: SwitchReady;
  readonly secrets: ServerSecrets;
  /** It was there already. */
  readonly isFound: boolean;
  /** Settles when it has ended for whatever reason. */
  readonly exited: Promise<unknown>;
  trust(sources: readonly string[]): void;
  /** Ends it, unless another app has taken it over meanwhile. */
  stop(): Promise<void>;
  /** Lets this process end while the switch goes on. */
  leave(): void;
}

interface SwitchRecord {
  readonly process: LeaseHolder;
  /** The app that uses it. */
  readonly app: LeaseHolder;
  readonly ready: SwitchReady;
  readonly drachtioSecret: string;
  readonly eventSocketPassword: string;
}

const LOOK_MS = 250;
const KILL_AFTER_MS = 5_000;
const OWNER_ONLY = 0o600;

const recordFile = (folder: string): string => join(folder, 'switch.json');
/** Read by the switch, which looks for changes. */
export const sourcesFile = (folder: string): string => join(folder, 'switch-sources.json');

function write(path: string, content: unknown): void {
  const part = `${path}.part`;
  writeFileSync(part, `${JSON.stringify(content)}\n`, { mode: OWNER_ONLY });
  renameSync(part, path);
}

function readRecord(folder: string): SwitchRecord | null {
  try {
    return JSON.parse(readFileSync(recordFile(folder), 'utf8')) as SwitchRecord;
  } catch {
    return null;
  }
}

/** Calls back once when it has ended; it is no child of ours, so nobody tells us. */
function whenGone(holder: LeaseHolder): { readonly gone: Promise<void>; readonly unwatch: () => void } {
  let unwatch = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (!isKnownDead(holder)) return;
      clearInterval(timer);
      resolve();
    }, LOOK_MS);
    unwatch = () => clearInterval(timer);
  });
  return { gone, unwatch };
}

async function start(folder: string, secrets: ServerSecrets): Promise<SwitchRecord> {
  const drachtioSecret = secrets.drachtio.reveal();
  const eventSocketPassword = secrets.eventSocket.reveal();
  const { ready, pid, letGo } = await startSwitchChild(
    ['--beside', folder],
    { DRACHTIO_SECRET: drachtioSecret, FREESWITCH_EVENT_SOCKET_PASSWORD: eventSocketPassword },
    { logFile: join(folder, 'switch.log') },
  );
  letGo();
  return { process: processOf(pid), app: thisProcess(), ready, drachtioSecret, eventSocketPassword };
}

/** `secrets` are those of a switch that is started now; one that is there has its own. */
export async function findOrStartSwitch(folder: string, secrets: ServerSecrets): Promise<LastingSwitch> {
  mkdirSync(folder, { recursive: true });
  const found = readRecord(folder);
  const isFound = found !== null && !isKnownDead(found.process) && found.process.host === thisProcess().host;
  if (!isFound) rmSync(sourcesFile(folder), { force: true });
  const record: SwitchRecord = isFound ? { ...found, app: thisProcess() } : await start(folder, secrets);
  write(recordFile(folder), record);
  const { gone, unwatch } = whenGone(record.process);
  const stop = async (): Promise<void> => {
    const { pid } = record.process;
    if (readRecord(folder)?.app.pid !== process.pid || isKnownDead(record.process)) return unwatch();
    process.kill(pid, 'SIGTERM');
    const timer = setTimeout(() => process.kill(pid, 'SIGKILL'), KILL_AFTER_MS);
    await gone;
    clearTimeout(timer);
    rmSync(recordFile(folder), { force: true });
  };
  return {
    ready: record.ready,
    secrets: {
      drachtio: new Secret(record.drachtioSecret, 'file'),
      eventSocket: new Secret(record.eventSocketPassword, 'file'),
    },
    isFound,
    exited: gone,
    trust: (sources) => write(sourcesFile(folder), sources),
    stop,
    leave: unwatch,
  };
}
