/** Which of our addresses a peer reaches us at, for Via and Contact when a listener is bound to all addresses. */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** The address of this machine that shares the longest prefix with the peer's; IPv4-mapped addresses are given as IPv4. */
export function localAddressFor(remoteAddress: string): string {
  const family = isIPv6(remoteAddress) ? 'IPv6' : 'IPv4';
  if (isLoopback(remoteAddress)) return family === 'IPv6' ? '::1' : '127.0.0.1';
  let best = family === 'IPv6' ? '::1' : '127.0.0.1';
  let bestScore = -1;
  for (const entry of Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])) {
    if (entry.family !== family || entry.internal) continue;
    const score = commonPrefix(entry.address, remoteAddress);
    if (score > bestScore) {
      best = entry.address;
      bestScore = score;
    }
  }
  return best;
}

/** Leading bits in common for IPv4, leading characters for IPv6: enough to choose between a handful of interfaces. */
function commonPrefix(left: string, right: string): number {
  if (isIPv6(left)) {
    let at = 0;
    while (at < left.length && left[at] === right[at]) at += 1;
    return at;
  }
  return Math.clz32((ipv4Number(left) ^ ipv4Number(right)) >>> 0);
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, octet) => ((sum << 8) | Number(octet)) >>> 0, 0);
}

/** `::ffff:10.0.0.1` is `10.0.0.1`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
