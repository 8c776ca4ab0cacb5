/** Which TCP sockets of this machine listen, read from Linux's /proc/net/tcp and /proc/net/tcp6. Pure but for the two files. */
import { readFile } from 'node:fs/promises';
import ipaddr from 'ipaddr.js';

export interface ListeningSocket {
  /** As an IP literal; an IPv4-mapped one as the IPv4 address that it stands for. */
  readonly address: string;
  readonly port: number;
}

const LISTEN = '0A';

/** The kernel prints each 32-bit word of an address in the byte order of the machine: little-endian on all that Node 20 has. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((pair) => Number.parseInt(pair, 16)));
  const address = ipaddr.fromByteArray(bytes);
  return ipaddr.process(address.toString()).toString();
}

export function parseListeningSockets(table: string): readonly ListeningSocket[] {
  return table.split('\n').flatMap((line) => {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /.exec(line);
    if (match === null || match[3] !== LISTEN) return [];
    return [{ address: addressOf(match[1] ?? ''), port: Number.parseInt(match[2] ?? '', 16) }];
  });
}

/** Null where there is no /proc. */
export async function readListeningSockets(): Promise<readonly ListeningSocket[] | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => null)),
  );
  const read = tables.filter((table) => table !== null);
  return read.length === 0 ? null : read.flatMap(parseListeningSockets);
}
