/** Where the running system takes SIP: for the doctor's OPTIONS and for test calls. */
import type { Config } from '../config/config-shape.js';
import { type HostAndPort, innermostAddress, isUnspecified, parseHostAndPort } from '../config/network-address.js';
import type { Secrets } from '../config/secrets.js';
import { authenticate } from './doctor/control-port.js';

export type SipAddress =
  | { readonly kind: 'known'; readonly address: HostAndPort }
  | { readonly kind: 'unknown'; readonly sentence: string };

const unknown = (sentence: string): SipAddress => ({ kind: 'unknown', sentence });

/** From the settings with the embedded switch, else as drachtio says. */
export async function findSipAddress(config: Config, secrets: Secrets): Promise<SipAddress> {
  if (config.engine === 'embedded') {
    const { sipAddress: host, sipPort: port, mediaAddress } = config.switch;
    if (port === 0) return unknown('the embedded switch takes a free SIP port, which is not known here');
    return { kind: 'known', address: { host: isUnspecified(host) ? mediaAddress : host, port } };
  }
  const answer = await authenticate(config.drachtio, secrets.drachtio.reveal());
  const listed = answer.kind === 'accepted' ? answer.sipAddresses : [];
  const udp = listed.flatMap((text) => parseHostAndPort(/^udp\/(.*)$/.exec(text)?.[1] ?? '') ?? []);
  const address = innermostAddress(udp);
  if (address !== null) return { kind: 'known', address };
  return unknown('it is not known where SIP is taken, because drachtio does not say');
}
