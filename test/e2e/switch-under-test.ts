/**
 * What the end-to-end tests run against: the embedded switch, started for them, or real drachtio and FreeSWITCH servers when
 * E2E_DRACHTIO and its companions say where they are (CONTRIBUTING.md). The sentences are the same for both.
 */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { startSwitchChild } from '../../src/cli/switch-child.js';
import { parseHostAndPort } from '../../src/config/network-address.js';
import type { ControlAppSettings } from '../../src/main.js';
import { recordLinks } from '../engines/record-links.js';
import { ANSWERED_CIDR } from './campaign-builder.js';

export interface SwitchUnderTest {
  readonly kind: 'embedded' | 'servers';
  /** Where callers send their INVITE. */
  readonly sip: { readonly address: string; readonly port: number };
  readonly drachtio: ControlAppSettings['drachtio'];
  readonly mediaServers: ControlAppSettings['mediaServers'];
  /** The process of the embedded switch; null for real servers. */
  readonly pid: number | null;
  stop(): Promise<void>;
  /** By SIGKILL; does nothing to real servers, which somebody else has started. */
  readonly kill: () => Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function hostAndPort(env: Environment, name: string): { readonly host: string; readonly port: number } {
  const parsed = parseHostAndPort(required(env, name));
  if (parsed === null) throw new Error(`${name} must be host:port`);
  return parsed;
}

/** Null when the embedded switch is what is tested. */
export function realServers(env: Environment = process.env): SwitchUnderTest | null {
  if ((env.E2E_DRACHTIO ?? '') === '') return null;
  const sip = hostAndPort(env, 'E2E_DRACHTIO_SIP');
  const eventSocket = hostAndPort(env, 'E2E_EVENT_SOCKET');
  return {
    kind: 'servers',
    sip: { address: sip.host, port: sip.port },
    drachtio: { ...hostAndPort(env, 'E2E_DRACHTIO'), secret: required(env, 'E2E_DRACHTIO_SECRET') },
    mediaServers: [
      {
        name: 'real',
        eventSocketHost: eventSocket.host,
        eventSocketPort: eventSocket.port,
        password: required(env, 'E2E_EVENT_SOCKET_PASSWORD'),
        sipAddress: required(env, 'E2E_FREESWITCH_SIP'),
      },
    ],
    pid: null,
    stop: async () => undefined,
    kill: async () => undefined,
  };
}

async function embeddedSwitch(changes: Readonly<Record<string, string>>): Promise<SwitchUnderTest> {
  const secret = randomBytes(18).toString('base64url');
  const password = randomBytes(18).toString('base64url');
  const child = await startSwitchChild([], {
    RINGPOST_SIP_ADDRESS: '127.0.0.1',
    RINGPOST_SIP_PORT: '0',
    RINGPOST_SIP_SOURCES: ANSWERED_CIDR,
    DRACHTIO_PORT: '0',
    FREESWITCH_EVENT_SOCKET_PORT: '0',
    FREESWITCH_SIP_ADDRESS: '127.0.0.1:0',
    DRACHTIO_SECRET: secret,
    FREESWITCH_EVENT_SOCKET_PASSWORD: password,
    ...changes,
  });
  const { ready } = child;
  return {
    kind: 'embedded',
    sip: { address: ready.sipAddress, port: ready.sipPort },
    drachtio: { host: '127.0.0.1', port: ready.controlPort, secret, forgetsDeadApps: true },
    mediaServers: [
      {
        name: 'embedded',
        eventSocketHost: '127.0.0.1',
        eventSocketPort: ready.eventSocketPort,
        password,
        sipAddress: ready.freeswitchSipAddress,
      },
    ],
    pid: child.pid,
    stop: () => child.stop(),
    kill: async () => {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
  };
}

/** `changes` are variables for the embedded switch alone: real servers are started by somebody else. */
export async function startSwitchUnderTest(
  env: Environment = process.env,
  changes: Readonly<Record<string, string>> = {},
): Promise<SwitchUnderTest> {
  const underTest = realServers(env) ?? (await embeddedSwitch(changes));
  const transcripts = env.E2E_TRANSCRIPTS ?? '';
  return transcripts === '' ? underTest : await recordLinks(underTest, transcripts);
}

/** Where prompts and recordings go: a real FreeSWITCH must see it under the same path. */
export function sharedFolder(): string {
  return process.env.E2E_SHARED_FOLDER ?? tmpdir();
}
