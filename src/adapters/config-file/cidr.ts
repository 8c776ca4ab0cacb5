/** Networks of a trunk's INVITEs. They are the only gate of a trunk, so a sloppy one is refused and not interpreted. */
import ipaddr from 'ipaddr.js';

const FORM = /^([0-9A-Fa-f.:]{2,45})(?:\/(\d{1,3}))?$/;

/** The network in CIDR form, a single address with its full prefix; null when an address bit stands behind the prefix. */
export function cidrOf(text: string): string | null {
  const match = FORM.exec(text);
  const address = match?.[1] ?? '';
  const isVersion4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!isVersion4 && !ipaddr.IPv6.isValid(address)) return null;
  const bits = isVersion4 ? 32 : 128;
  const prefix = match?.[2] === undefined ? bits : Number(match[2]);
  if (prefix > bits) return null;
  const cidr = `${address}/${prefix}`;
  const family = isVersion4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = family.networkAddressFromCIDR(cidr).toNormalizedString();
  return network === ipaddr.parse(address).toNormalizedString() ? cidr : null;
}
