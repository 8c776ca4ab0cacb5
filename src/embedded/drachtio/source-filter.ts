/**
 * Whose requests outside dialogs are answered at all. Everybody's at first; a list replaces the one before it while calls
 * go on, so that an edit of the trunks takes effect with the next INVITE.
 */
import { BlockList, isIPv6 } from 'node:net';
import type { SipSource } from '../sip/sip-endpoint.js';

export class SourceFilter {
  #trusted: BlockList | null = null;

  /** Addresses and CIDR blocks; null is everybody. Throws RangeError for what is neither, and keeps the list that it had. */
  trust(sources: readonly string[] | null): void {
    this.#trusted = sources === null ? null : listOf(sources);
  }

  readonly accepts = ({ address }: SipSource): boolean =>
    this.#trusted === null || this.#trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function listOf(sources: readonly string[]): BlockList {
  const list = new BlockList();
  for (const source of sources) {
    const [address = '', prefix] = source.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    try {
      if (prefix === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(prefix), family);
    } catch {
      throw new RangeError(`trusted source ${source} is neither an address nor a CIDR block`);
    }
  }
  return list;
}
