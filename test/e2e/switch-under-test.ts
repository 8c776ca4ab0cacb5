/**
 * What the end-to-end tests run against: the embedded switch, started for them, or real drachtio and FreeSWITCH servers when
 * E2E_DRACHTIO and its companions say where they are (CONTRIBUTING.md). The sentences are the same for both.
 */
import { randomBytes } from 'node:crypto';
import { startSwitchChild } from '../../src/cli/switch-child.js';
import { parseHostAndPort } from '../../src/config/network-address.js';
import type { ControlAppSettings } from '../../src/main.js';
import { ANSWERED_CIDR } from './campaign-builder.js';

export interface SwitchUnderTest {
  readonly kind: 'embedded' | 'servers';
  /** Where callers send their INVITE. */
  readonly sip: { readonly address: string; readonly port: number };
  readonly drachtio: ControlAppSettings['drachtio'];
  readonly mediaServers: ControlAppSettings['mediaServers'];
  stop(): Promise<void>;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function hostAndPort(name: string): { readonly host: string; readonly port: number } {
  const parsed = parseHostAndPort(required(name));
  if (parsed === null) throw new Error(`${name} must be host:port`);
  return parsed;
}

function realServers(): SwitchUnderTest {
  const sip = hostAndPort('E2E_DRACHTIO_SIP');
  const eventSocket = hostAndPort('E2E_EVENT_SOCKET');
  return {
    kind: 'servers',
    sip: { address: sip.host, port: sip.port },
    drachtio: { ...hostAndPort('E2E_DRACHTIO'), secret: required('E2E_DRACHTIO_SECRET') },
    mediaServers: [
      {
        name: 'real',
        eventSocketHost: eventSocket.host,
        eventSocketPort: eventSocket.port,
        password: required('E2E_EVENT_SOCKET_PASSWORD'),
        sipAddress: required('E2E_FREESWITCH_SIP'),
      },
    ],
    stop: async () => undefined,
  };
}

async function embeddedSwitch(): Promise<SwitchUnderTest> {
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
  });
  const { ready } = child;
  return {
    kind: 'embedded',
    sip: { address: ready.sipAddress, port: ready.sipPort },
    drachtio: { host: '127.0.0.1', port: ready.controlPort, secret },
    mediaServers: [
      {
        name: 'embedded',
        eventSocketHost: '127.0.0.1',
        eventSocketPort: ready.eventSocketPort,
        password,
        sipAddress: ready.freeswitchSipAddress,
      },
    ],
    stop: () => child.stop(),
  };
}

export function startSwitchUnderTest(): Promise<SwitchUnderTest> {
  const isReal = (process.env.E2E_DRACHTIO ?? '') !== '';
  return isReal ? Promise.resolve(realServers()) : embeddedSwitch();
}
