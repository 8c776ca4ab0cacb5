/**
 * Which addresses a bidder's URL may lead to. Names are resolved here, every address is checked, and the connection is
 * made to an address that was checked (the connector is given no second chance to resolve), so that neither a name that
 * points inside nor one that changes between check and use (rebinding) reaches our own network.
 */
import { lookup as resolveWithSystem } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

export type HostResolver = (hostname: string) => Promise<readonly string[]>;

export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
}

export interface AddressGuard {
  /** For the host of a URL. Null when it is a name, or an address literal that may be reached; else a sentence. */
  refusalOfLiteral(hostname: string): string | null;
  readonly lookup: LookupFunction;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** RFC 4291 section 2.4: global unicast addresses are in 2000::/3 so far; all else is special. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

function parseAddress(text: string): Address | null {
  // `process` turns an IPv4-mapped address into the IPv4 address that it stands for.
  return ipaddr.isValid(text) ? ipaddr.process(text) : null;
}

function isInRange(address: Address, [network, bits]: Range): boolean {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
  return network instanceof ipaddr.IPv6 && address.match(network, bits);
}

/** A refusal as a sentence, or null when the address is on the public Internet or in an allowed range. */
function refusalOf(text: string, allowed: readonly Range[]): string | null {
  const address = parseAddress(text);
  if (address === null) return `"${text.slice(0, 64)}" is no address`;
  if (allowed.some((range) => isInRange(address, range))) return null;
  const range = address.range();
  if (range !== 'unicast') return `${address.toString()} is a ${range} address`;
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST))
    return `${address.toString()} is a reserved address`;
  return null;
}

const systemResolver: HostResolver = async (hostname) => {
  const answers = await resolveWithSystem(hostname, { all: true, order: 'ipv4first' });
  return answers.map(({ address }) => address);
};

/** `allowedNetworks` are CIDR ranges of the operator's own, such as 127.0.0.0/8. Throws for what is no CIDR range. */
export function createAddressGuard(
  allowedNetworks: readonly string[],
  resolve: HostResolver = systemResolver,
): AddressGuard {
  const allowed = allowedNetworks.map((text): Range => ipaddr.parseCIDR(text));

  const checkedAddresses = async (hostname: string): Promise<readonly string[]> => {
    const addresses = await resolve(hostname);
    if (addresses.length === 0) throw new AddressRefusedError(`${hostname} has no address`);
    for (const address of addresses) {
      const refusal = refusalOf(address, allowed);
      if (refusal !== null) throw new AddressRefusedError(`${hostname} leads inside: ${refusal}`);
    }
    return addresses;
  };

  return {
    refusalOfLiteral(hostname) {
      const literal = hostname.replace(/^\[|\]$/g, '');
      return ipaddr.isValid(literal) ? refusalOf(literal, allowed) : null;
    },
    lookup(hostname, options, callback) {
      checkedAddresses(hostname).then(
        (addresses) => {
          const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
          const [first] = all;
          if (options.all === true) callback(null, all);
          else callback(null, first?.address ?? '', first?.family ?? 4);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ''),
      );
    },
  };
}
