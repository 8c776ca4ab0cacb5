/** What the tone phone asks of its audio, and the little SDP that it speaks. */
import type { G711PayloadType } from '../media/media-port.js';

/** Handed in, so that demonstration and tests can measure what they hear. */
export interface PhoneMedia {
  readonly port: number;
  setRemote(address: string, port: number, payloadType: G711PayloadType): void;
  close(): void | Promise<void>;
}

export type PhoneMediaFactory = () => Promise<PhoneMedia>;

/** RFC 4566 with one G.711 mu-law stream and RFC 4733 events, and nothing that a phone on loopback does not need. */
export function phoneSdp(address: string, port: number, version: number): string {
  const lines = [
    'v=0',
    `o=phone 1 ${version} IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Address and port of the first audio stream; null when the text has none or it is refused (port 0, RFC 3264 section 6). */
export function audioOf(sdp: string): { readonly address: string; readonly port: number } | null {
  const media = /^m=audio (\d{1,5}) /m.exec(sdp);
  const address = /^c=IN IP4 (\S+)/m.exec(sdp);
  if (media === null || address === null) return null;
  const port = Number(media[1]);
  return port === 0 ? null : { address: address[1] ?? '', port };
}
