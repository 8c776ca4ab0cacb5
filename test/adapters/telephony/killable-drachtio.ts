/**
 * A drachtio that a test can kill and start again on the same ports: the embedded half in a process of its own, or, beside real servers,
 * whatever E2E_DRACHTIO_KILL and E2E_DRACHTIO_START (shell commands) do.
 */
import { exec, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { reservePort } from '../../support/reserved-port.js';
import { type SwitchUnderTest, switchUnderTest } from './switch-under-test.js';

export interface KillableDrachtio {
  /** FreeSWITCH of the switch under test, and this drachtio. */
  readonly under: SwitchUnderTest;
  /** At once, as kill -9 does. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

interface Ports {
  readonly sipPort: number;
  readonly controlPort: number;
}

const SECRET = 'a-secret-of-this-test';
const PROGRAM = fileURLToPath(new URL('./drachtio-process.js', import.meta.url));

export async function killableDrachtio(t: Test): Promise<KillableDrachtio> {
  const under = await switchUnderTest(t);
  const { E2E_DRACHTIO_KILL: killCommand, E2E_DRACHTIO_START: startCommand } = process.env;
  if (killCommand !== undefined && startCommand !== undefined) {
    const run = promisify(exec);
    return {
      under,
      kill: async () => void (await run(killCommand)),
      start: async () => void (await run(startCommand)),
    };
  }
  let child = await started({ sipPort: await reservePort(), controlPort: await reservePort() });
  const { ports } = child;
  const kill = async (): Promise<void> => {
    const exited = once(child.process, 'exit');
    child.process.kill('SIGKILL');
    await exited;
  };
  t.teardown(kill);
  return {
    under: {
      ...under,
      sipPort: ports.sipPort,
      drachtio: { host: '127.0.0.1', port: ports.controlPort, secret: SECRET },
    },
    kill,
    start: async () => {
      child = await started(ports);
    },
  };
}

async function started({ sipPort, controlPort }: Ports) {
  const child = fork(PROGRAM, [String(sipPort), String(controlPort), SECRET]);
  const [ports] = (await once(child, 'message')) as [Ports];
  return { process: child, ports };
}
