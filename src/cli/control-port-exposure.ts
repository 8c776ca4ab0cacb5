/**
 * Whether the control ports of drachtio and FreeSWITCH answer on addresses of this machine that others know. `ringpost start` refuses public
 * ones, since drachtio obeys whoever reaches its port without any secret; the doctor reports all.
 */
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ACCEPTED_RISKS } from '../config/accepted-risks.js';
import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/config-shape.js';
import { type HostAndPort, isLoopback, mayBePrivate } from '../config/network-address.js';

const CONNECT_MS = 1_000;

/** Addresses of this machine that others may know. Link-local ones are left out: they need a zone to be reached. */
export function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.map(({ address }) => address).filter((address) => !isLoopback(address) && !address.startsWith('fe80:'));
}

/** Those that the embedded switch takes by itself, as it is started, are not among them. */
export function controlPorts(config: Config): readonly number[] {
  const ports = [config.drachtio.port, ...config.mediaServers.map(({ eventSocket }) => eventSocket.port)];
  return [...new Set(ports.filter((port) => port !== 0))];
}

function isReached(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.setTimeout(CONNECT_MS, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

/** The places that answer. */
export async function reachedPlaces(
  hosts: readonly string[],
  ports: readonly number[],
): Promise<readonly HostAndPort[]> {
  const places = hosts.flatMap((host) => ports.map((port) => ({ host, port })));
  const tried = await Promise.all(
    places.map(async (place) => ((await isReached(place.host, place.port)) ? place : null)),
  );
  return tried.filter((place) => place !== null);
}

/** Rejects with a ConfigError that says what to change. `publicAddresses` are those of this machine. */
export async function refuseExposedControlPorts(
  config: Config,
  publicAddresses: readonly string[] = ownAddresses().filter((address) => !mayBePrivate(address)),
): Promise<void> {
  if (config.engine === 'embedded' || config.mayControlBePublic) return;
  const reached = await reachedPlaces(publicAddresses, controlPorts(config));
  if (reached.length === 0) return;
  const { name, words } = ACCEPTED_RISKS.publicControlPorts;
  throw new ConfigError([
    `control ports answer on ${reached.map(({ host, port }) => `${host} port ${port}`).join(', ')}, which the whole internet may reach: bind them to loopback or a private address (DRACHTIO_ADMIN_ADDRESS, RINGPOST_FS_EVENT_SOCKET_IP), or accept the risk with ${name}=${words}.`,
  ]);
}
