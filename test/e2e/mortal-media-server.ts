/**
 * Servers for the tests of row F9: the app attaches to a drachtio that lives on and to a FreeSWITCH that the test kills and may start again,
 * with or without a spare one beside it; the first call lies on the mortal one. Two embedded switches, or real servers with whatever
 * E2E_FREESWITCH_KILL and E2E_FREESWITCH_START (shell commands) do.
 */
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { parseHostAndPort } from '../../src/config/network-address.js';
import { askEventSocket } from '../attack/event-socket-question.js';
import { realServers, type SwitchUnderTest, startSwitchUnderTest } from './switch-under-test.js';

type MediaServer = SwitchUnderTest['mediaServers'][number];

export interface MortalServers extends SwitchUnderTest {
  /** The FreeSWITCH of the first call, at once, as kill -9 does. */
  kill(): Promise<void>;
  /** On the same ports; settles when its event socket answers. */
  revive(): Promise<void>;
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

async function embeddedServers(spares: 0 | 1): Promise<MortalServers> {
  const keeper = await startSwitchUnderTest();
  let mortal: SwitchUnderTest;
  try {
    mortal = await startSwitchUnderTest();
  } catch (error) {
    await keeper.stop();
    throw error;
  }
  const server = named(mortal.mediaServers[0], 'mortal');
  const sparing = spares === 0 ? [] : [named(keeper.mediaServers[0], 'spare')];
  return {
    ...keeper,
    mediaServers: [server, ...sparing],
    kill: () => mortal.kill(),
    revive: async () => {
      mortal = await startSwitchUnderTest(process.env, {
        FREESWITCH_EVENT_SOCKET_PORT: String(server.eventSocketPort),
        FREESWITCH_EVENT_SOCKET_PASSWORD: server.password,
        FREESWITCH_SIP_ADDRESS: server.sipAddress,
      });
    },
    stop: async () => {
      await Promise.all([keeper.stop(), mortal.stop()]);
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

function spareOf(mortal: MediaServer): MediaServer {
  const { E2E_SPARE_EVENT_SOCKET = '', E2E_SPARE_FREESWITCH_SIP: sipAddress = '' } = process.env;
  const eventSocket = parseHostAndPort(E2E_SPARE_EVENT_SOCKET);
  if (eventSocket === null) throw new Error('E2E_SPARE_EVENT_SOCKET must be host:port');
  const { host: eventSocketHost, port: eventSocketPort } = eventSocket;
  return { ...mortal, name: 'spare', eventSocketHost, eventSocketPort, sipAddress };
}
