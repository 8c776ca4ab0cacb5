/** SIP messages in the form in which the replays compare two of them. */
import { withSortedHeaders } from './sip-text.js';

/**
 * Headers in the order of their names; no default port in Via (the real servers ran on 5060, and leave it out); in an SDP of FreeSWITCH
 * neither its port nor the host's address nor the moment that its session id counts from.
 */
export function comparableSip(text: string): string {
  const plain = text
    .replace(/^(Via: SIP\/2\.0\/(?:UDP|TCP) 127\.0\.0\.1):5060;/gim, '$1;')
    .replace(
      /^o=FreeSWITCH (\d+) (\d+) IN IP4 [\d.]+/m,
      (_, id: string, version: string) => `o=FreeSWITCH ID ID+${Number(version) - Number(id)} IN IP4 HOST`,
    );
  const hasOffer = plain.includes('o=FreeSWITCH ');
  const withoutPort = hasOffer
    ? plain.replace(/^m=audio [1-9]\d* /gm, 'm=audio PORT ').replace(/^Content-Length: \d+/m, 'Content-Length: N')
    : plain;
  return withSortedHeaders(withoutPort);
}
