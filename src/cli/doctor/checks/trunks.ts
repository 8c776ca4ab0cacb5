/** Whether the networks of the trunks are well-formed, no wider than a carrier, and complete where the carrier publishes its own. */
import ipaddr from 'ipaddr.js';
import { inspectCidr } from '../../../config/network-address.js';
import { CARRIERS, type Carrier } from '../../../domain/trunks/carrier-networks.js';
import type { Trunk } from '../../../domain/trunks/trunk.js';
import type { Check } from '../check.js';
import { fault, listed, ok, SkippedError, warning } from '../finding.js';

/** A wider range than this is no carrier's, unless it is a private network of ours. */
const WIDEST = { ipv4: 16, ipv6: 32 };
const WHOLE_INTERNET = { ipv4: 4, ipv6: 8 };

function covers(outer: string, inner: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(outer);
  const [address, innerBits] = ipaddr.parseCIDR(inner);
  return network.kind() === address.kind() && bits <= innerBits && address.match(ipaddr.parseCIDR(outer));
}

function networkFaults(trunk: Trunk): readonly string[] {
  return trunk.sourceCidrs.flatMap((cidr) => {
    if (inspectCidr(cidr) === null) return [`trunk ${trunk.id} has "${cidr}", which is no network`];
    const [address, bits] = ipaddr.parseCIDR(cidr);
    if (bits < WHOLE_INTERNET[address.kind()])
      return [`trunk ${trunk.id} has ${cidr}: everybody on the internet may send calls`];
    return [];
  });
}

function wideNetworks(trunk: Trunk): readonly string[] {
  return trunk.sourceCidrs.filter((cidr) => {
    const [address, bits] = ipaddr.parseCIDR(cidr);
    return bits < WIDEST[address.kind()] && inspectCidr(cidr)?.isPrivate !== true;
  });
}

/** Sentences for what a carrier publishes and the trunk does not let in. */
function gapsOf(trunk: Trunk, carrier: Carrier): readonly string[] {
  const has = (cidr: string): boolean => trunk.sourceCidrs.some((own) => covers(own, cidr));
  const isTouched = (cidr: string): boolean => trunk.sourceCidrs.some((own) => covers(own, cidr) || covers(cidr, own));
  const used = carrier.regions.filter(({ cidrs }) => cidrs.some(isTouched));
  const isMarked = carrier.mark.test(`${trunk.id} ${trunk.name} ${trunk.gateways.map(({ host }) => host).join(' ')}`);
  if (used.length === 0)
    return isMarked ? [`trunk ${trunk.id} has none of the addresses that ${carrier.name} publishes`] : [];
  return used.flatMap(({ name, cidrs }) => {
    const missing = cidrs.filter((cidr) => !has(cidr));
    return missing.length === 0 ? [] : [`trunk ${trunk.id} lacks ${listed(missing)} of ${carrier.name} ${name}`];
  });
}

export const checkTrunks: Check = {
  name: 'trunks',
  async run(context) {
    const document = await context.document();
    const trunks = document.trunks.filter(({ isActive }) => isActive);
    if (trunks.length === 0) {
      if (document.dids.length === 0) throw new SkippedError('no trunk is configured yet');
      return fault(
        'no trunk is active: every call is ignored',
        'configure a trunk with the networks of the carrier, and apply it',
      );
    }
    const faults = trunks.flatMap(networkFaults);
    if (faults.length > 0)
      return fault(
        listed(faults),
        'write the networks that the carrier publishes; carriers send no password, so this list is the only gate',
      );
    const wide = trunks.flatMap((trunk) => wideNetworks(trunk).map((cidr) => `${cidr} of trunk ${trunk.id}`));
    if (wide.length > 0)
      return warning(
        `${listed(wide)} is wider than any carrier's network`,
        'write the networks that the carrier publishes',
      );
    const gaps = CARRIERS.flatMap((carrier) => trunks.flatMap((trunk) => gapsOf(trunk, carrier)));
    if (gaps.length > 0) {
      const sources = CARRIERS.map(({ name, source, readOn }) => `${name}: ${source} (as of ${readOn})`);
      return warning(
        `${listed(gaps)}: calls from there get no answer`,
        `add them, or compare with what the carrier says today: ${sources.join('; ')}`,
      );
    }
    const silent = trunks.filter(({ sourceCidrs }) => sourceCidrs.length === 0).map(({ id }) => id);
    const note = silent.length === 0 ? '' : `; ${listed(silent)} takes no calls, having no networks`;
    return ok(
      `${trunks.length} active ${trunks.length === 1 ? 'trunk lets' : 'trunks let'} in the networks of their carriers${note}`,
    );
  },
};
