/**
 * Servers for the tests of row F9: the app attaches to a drachtio that lives on and to a FreeSWITCH that the test kills and may start again,
 * with or without a spare one beside it; the first call lies on the mortal one. The embedded switch and a half of it, or real servers with whatever
 * E2E_FREESWITCH_KILL and E2E_FREESWITCH_START (shell commands) do.
 */
import { type ChildProcess, exec, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseHostAndPort } from '../../src/config/network-address.js';
import { askEventSocket } from '../attack/event-socket-question.js';
import { reservePort } from '../support/reserved-port.js';
import type { MediaPorts } from './media-process.js';
import { realServers, type SwitchUnderTest, startSwitchUnderTest } from './switch-under-test.js';

type MediaServer = SwitchUnderTest['mediaServers'][number];

export interface MortalServers extends SwitchUnderTest {
  /** The FreeSWITCH of the first call, at once, as kill -9 does. */
  kill(): Promise<void>;
  /** On the same ports; settles when its event socket answers. */
  revive(): Promise<void>;
  /** The processes that serve the calls now or after the next start; real servers are processes of somebody else. */
  pids(): number[];
}

/** Why a real run cannot have them; false when it can. */
export function whyImmortal(spares: number, env = process.env): string | false {
  if (realServers(env) === null) return false;
  const names = ['E2E_FREESWITCH_KILL', 'E2E_FREESWITCH_START'];
  if (spares > 0) names.push('E2E_SPARE_EVENT_SOCKET', 'E2E_SPARE_FREESWITCH_SIP');
  const missing = names.filter((name) => (env[name] ?? '') === '');
  return missing.length > 0 && `a FreeSWITCH is to be killed: set ${missing.join(', ')}`;
}

export function startMortalServers(spares: 0 | 1 = 0): Promise<MortalServers> {
  const real = realServers();
  return real === null ? embeddedServers(spares) : Promise.resolve(mortalReal(real, spares));
}

const named = (server: MediaServer | undefined, name: string): MediaServer => {
  if (server === undefined) throw new Error('the switch names no media server');
  return { ...server, name };
};

class WarmProcess {
  readonly child = fork(fileURLToPath(new URL('./media-process.js', import.meta.url)));
  readonly loaded = once(this.child, 'message');
}

/** A FreeSWITCH that is loaded, and one in reserve for when it is killed. */
class MortalProcess {
  #next = new WarmProcess();
  #running: ChildProcess | null = null;

  get pids(): number[] {
    return [this.#running?.pid, this.#next.child.pid].filter((pid) => pid !== undefined);
  }

  async listen(ports: MediaPorts): Promise<MediaPorts> {
    const { child, loaded } = this.#next;
    await loaded;
    this.#running = child;
    this.#next = new WarmProcess();
    const listening = once(child, 'message') as Promise<[MediaPorts]>;
    const exited = once(child, 'exit').then(([code]) => {
      throw new Error(`a FreeSWITCH ended with ${code} when it was to listen`);
    });
    child.send(ports);
    const [taken] = await Promise.race([listening, exited]);
    return taken;
  }

  async kill(): Promise<void> {
    await endProcess(this.#running);
  }

  async end(): Promise<void> {
    await Promise.all([endProcess(this.#running), endProcess(this.#next.child)]);
  }
}

async function endProcess(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function embeddedServers(spares: 0 | 1): Promise<MortalServers> {
  const keeper = await startSwitchUnderTest();
  const mortal = new MortalProcess();
  const password = randomBytes(18).toString('base64url');
  const ports = await mortal.listen({ sipPort: await reservePort(), eventSocketPort: await reservePort(), password });
  const server = {
    name: 'mortal',
    eventSocketHost: '127.0.0.1',
    eventSocketPort: ports.eventSocketPort,
    password,
    sipAddress: `127.0.0.1:${ports.sipPort}`,
  };
  const sparing = spares === 0 ? [] : [named(keeper.mediaServers[0], 'spare')];
  return {
    ...keeper,
    mediaServers: [server, ...sparing],
    kill: () => mortal.kill(),
    revive: async () => void (await mortal.listen(ports)),
    pids: () => [...(keeper.pid === null ? [] : [keeper.pid]), ...mortal.pids],
    stop: async () => {
      await Promise.all([keeper.stop(), mortal.end()]);
    },
  };
}

/** At the end it runs again, for whatever is tested next. */
function mortalReal(real: SwitchUnderTest, spares: 0 | 1): MortalServers {
  const server = named(real.mediaServers[0], 'mortal');
  const run = promisify(exec);
  const carryOut = async (name: string): Promise<void> => void (await run(process.env[name] ?? ''));
  let isDead = false;
  const revive = async (): Promise<void> => {
    await carryOut('E2E_FREESWITCH_START');
    while (!(await isListening(server))) await new Promise(setImmediate);
    isDead = false;
  };
  return {
    ...real,
    mediaServers: [server, ...(spares === 0 ? [] : [spareOf(server)])],
    kill: async () => {
      isDead = true;
      await carryOut('E2E_FREESWITCH_KILL');
    },
    revive,
    pids: () => [],
    stop: async () => {
      if (isDead) await revive();
    },
  };
}

function isListening(server: MediaServer): Promise<boolean> {
  return askEventSocket(server, 'sofia status').then(
    (answer) => answer.includes('drachtio_mrf'),
    () => false,
  );
}

/** The real FreeSWITCH that E2E_SPARE_EVENT_SOCKET and E2E_SPARE_FREESWITCH_SIP name, beside that of the run. */
export function spareOf(mortal: MediaServer): MediaServer {
  const { E2E_SPARE_EVENT_SOCKET = '', E2E_SPARE_FREESWITCH_SIP: sipAddress = '' } = process.env;
  const eventSocket = parseHostAndPort(E2E_SPARE_EVENT_SOCKET);
  if (eventSocket === null) throw new Error('E2E_SPARE_EVENT_SOCKET must be host:port');
  const { host: eventSocketHost, port: eventSocketPort } = eventSocket;
  return { ...mortal, name: 'spare', eventSocketHost, eventSocketPort, sipAddress };
}
