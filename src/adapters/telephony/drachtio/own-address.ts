/** By which of its addresses drachtio is known in From, P-Asserted-Identity and Diversion. Asked by the link at each connect. */
import { formatHostAndPort, outermostAddress, parseHostAndPort } from '../../../config/network-address.js';

/**
 * From what drachtio says of itself, `tcp/[::1]:5060,udp/[::1]:5060,udp/203.0.113.7:5060`: it lists the loopback first, which no carrier
 * can do anything with. Null when it says nothing that could be read.
 */
export function ownAddress(hostports: string | undefined): string | null {
  const addresses = (hostports ?? '')
    .split(',')
    .flatMap((text) => parseHostAndPort(text.replace(/^[a-z]+\//, '')) ?? []);
  const address = outermostAddress(addresses);
  return address === null ? null : formatHostAndPort(address);
}
