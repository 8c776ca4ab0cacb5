/** SDP as it is relayed between a far end and FreeSWITCH: never parsed in full, only made safe and compared. */

/** drachtio-srf counts characters where Content-Length counts bytes, so a session name beyond ASCII would cut the last lines off. */
export function toAscii(sdp: string): string {
  return sdp.replace(/[^\t\n\r\x20-\x7e]/g, '?');
}

/** RFC 3264 section 8: an unchanged `o=` line says that the session is unchanged, as in a session refresh (RFC 4028). */
export function isSameSession(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false;
  const origin = originOf(one);
  return origin !== null && origin === originOf(other);
}

function originOf(sdp: string): string | null {
  return /^o=(.*)$/m.exec(sdp)?.[1]?.trim() ?? null;
}

/** An answer that accepts the first stream of `offer` without letting any audio through (RFC 3264 section 6.1), to stand in until the real one comes. */
export function inactiveAnswer(offer: string): string {
  const lines = offer.split(/\r?\n/).filter((line) => line !== '');
  const media = lines.findIndex((line) => line.startsWith('m='));
  const head = media === -1 ? lines : lines.slice(0, media);
  const body = media === -1 ? [] : lines.slice(media);
  const kept = [...head, ...body].filter(
    (line) => !/^a=(sendrecv|sendonly|recvonly|inactive|candidate|ice-|setup|fingerprint|rtcp)/.test(line),
  );
  return `${kept.join('\r\n')}\r\na=inactive\r\n`;
}

export function bodyOf(message: { readonly body: string | undefined }): string | null {
  return message.body === undefined || message.body.trim() === '' ? null : toAscii(message.body);
}
