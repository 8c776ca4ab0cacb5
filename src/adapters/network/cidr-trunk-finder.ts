/**
 * Finds the trunk of an INVITE by its source address. The networks of a configuration are parsed once and kept with it,
 * since every INVITE asks. Used by the flow, and by the telephony adapter's silent drop through `main.ts`.
 */
import ipaddr from 'ipaddr.js';
import type { TrunkFinder } from '../../application/ports/trunk-finder.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Trunk } from '../../domain/trunks/trunk.js';

interface Network {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefixLength: number;
  readonly trunk: Trunk;
}

function networksOf(configuration: Configuration): readonly Network[] {
  const networks: Network[] = [];
  for (const trunk of configuration.trunks.values()) {
    if (!trunk.isActive) continue;
    for (const cidr of trunk.sourceCidrs) {
      if (!ipaddr.isValidCIDR(cidr)) continue;
      const [address, prefixLength] = ipaddr.parseCIDR(cidr);
      networks.push({ address, prefixLength, trunk });
    }
  }
  // The narrowest network wins, so that one customer's address inside a carrier's range can be a trunk of its own.
  return networks.sort((left, right) => right.prefixLength - left.prefixLength);
}

export function createCidrTrunkFinder(): TrunkFinder {
  const parsed = new WeakMap<Configuration, readonly Network[]>();
  return {
    find(configuration, text) {
      let networks = parsed.get(configuration);
      if (networks === undefined) {
        networks = networksOf(configuration);
        parsed.set(configuration, networks);
      }
      if (!ipaddr.isValid(text)) return null;
      // An IPv4 peer of a dual-stack socket shows as ::ffff:192.0.2.1 (RFC 4291 section 2.5.5.2).
      const address = ipaddr.process(text);
      const found = networks.find(
        (network) => network.address.kind() === address.kind() && address.match(network.address, network.prefixLength),
      );
      return found?.trunk ?? null;
    },
  };
}
