/**
 * Addresses as the configuration writes them: `host:port`, IP literals, CIDR lists, and whether they are ours alone. Called by config.ts
 * and contradictions.ts. Names are never looked up here: that would make the start depend on the network.
 */
import ipaddr from 'ipaddr.js';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `10.0.0.5:8021`, `fs1.internal:8021` or `[::1]:8021`; null when it is none of them. */
export function parseHostAndPort(text: string): HostAndPort | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) return null;
  if (match?.[1] !== undefined && !ipaddr.IPv6.isValid(host)) return null;
  return { host, port };
}

/** As it is written back into an address list: IPv6 in brackets. */
export function formatHostAndPort({ host, port }: HostAndPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isIpAddress(text: string): boolean {
  return ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** `0.0.0.0` or `::`: every address of the machine, so none that could stand in an SDP. */
export function isUnspecified(text: string): boolean {
  return isIpAddress(text) && ipaddr.process(text).range() === 'unspecified';
}

const OWN_RANGES = ['loopback', 'private', 'uniqueLocal', 'linkLocal', 'carrierGradeNat'];

export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIpAddress(host) && ipaddr.process(host).range() === 'loopback';
}

/** False for public addresses; true for names, which nobody can judge without a look-up. */
export function mayBePrivate(host: string): boolean {
  return !isIpAddress(host) || OWN_RANGES.includes(ipaddr.process(host).range());
}

/** The least is best to be known by: loopback last, then IPv4, which every carrier has, before IPv6, then public before private. */
function distanceFromOutside({ host }: HostAndPort): number {
  return (isLoopback(host) ? 4 : 0) + (host.includes(':') ? 2 : 0) + (mayBePrivate(host) ? 1 : 0);
}

/** Of addresses on which one server listens, the one that the far end of a call knows it by; null when there is none. */
export function outermostAddress(addresses: readonly HostAndPort[]): HostAndPort | null {
  return addresses.toSorted((a, b) => distanceFromOutside(a) - distanceFromOutside(b))[0] ?? null;
}

/** Of such addresses the one that a program beside the server reaches best: loopback, of IPv4 where it can be. */
export function innermostAddress(addresses: readonly HostAndPort[]): HostAndPort | null {
  const isFour = ({ host }: HostAndPort): boolean => !host.includes(':');
  const sorted = addresses.toSorted((a, b) => distanceFromOutside(b) - distanceFromOutside(a));
  const near = sorted.filter(({ host }) => isLoopback(host));
  return near.find(isFour) ?? near[0] ?? sorted.find(isFour) ?? sorted[0] ?? null;
}

/** Null: not a CIDR. `isPrivate`: the whole range is our own networks', from its first to its last address. */
export function inspectCidr(text: string): { readonly isPrivate: boolean } | null {
  if (!/^[0-9a-fA-F:.]+\/\d{1,3}$/.test(text) || !ipaddr.isValidCIDR(text)) return null;
  const [address] = ipaddr.parseCIDR(text);
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const first = family.networkAddressFromCIDR(text);
  const last =
    family === ipaddr.IPv4 ? ipaddr.IPv4.broadcastAddressFromCIDR(text) : ipaddr.IPv6.broadcastAddressFromCIDR(text);
  const firstRange = first.range();
  return { isPrivate: OWN_RANGES.includes(firstRange) && last.range() === firstRange };
}
