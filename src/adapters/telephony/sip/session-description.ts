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

/** RFC 3264 section 8.4: whoever holds the other sends music or nothing, and says so by any direction but the plain one. */
export function isHold(sdp: string): boolean {
  return /^a=(sendonly|recvonly|inactive)\s*$/m.test(sdp);
}

/** Goes with a 415. */
export const ACCEPT = { Accept: 'application/sdp' } as const;

interface Bodied {
  readonly body: string | undefined;
}

/** FreeSWITCH takes such a port modulo 65,536, so that the audio of a call would go to a port of somebody else. */
function hasImpossiblePort(sdp: string): boolean {
  return [...sdp.matchAll(/^m=\S+ (\d+)/gm)].some(([, port]) => Number(port) > 65_535);
}

/** The SDP of a message, also as one part of several (RFC 5621), as carriers send it beside ISUP; null when there is none to go by. */
export function bodyOf({ body = '' }: Bodied): string | null {
  const [, boundary = ''] = /^\s*(--[^\r\n]{1,72})\r?\n/.exec(body) ?? [];
  const parts = boundary === '' ? [body] : body.split(boundary).map((part) => part.replace(/^[\s\S]*?\r?\n\r?\n/, ''));
  const sdp = parts.map((part) => part.trimStart()).find((part) => /^v=0\r?\n/.test(part));
  if (sdp === undefined || hasImpossiblePort(sdp)) return null;
  return toAscii(boundary === '' ? sdp : `${sdp.trimEnd()}\r\n`);
}

/** It has a body, and none that says anything about media: 415 (RFC 3261 section 8.2.3), since drachtio would not carry it on. */
export function isForeignBody(message: Bodied): boolean {
  return (message.body ?? '').trim() !== '' && bodyOf(message) === null;
}

/** `sdp` with a version above that of `previous`, when its own is not (RFC 3264 section 8). */
export function newerThan(sdp: string, previous: string | null): string {
  const last = versionOf(previous);
  const own = versionOf(sdp);
  if (last === null || own === null || own > last) return sdp;
  return sdp.replace(ORIGIN_VERSION, (_line, before: string) => `${before}${last + 1n}`);
}

/** Everything but the `o=` and `s=` lines is the same: nobody need be told. */
export function isSameMedia(one: string, other: string | null): boolean {
  const mediaOf = (sdp: string): string =>
    sdp
      .split(/\r?\n/)
      .filter((line) => line !== '' && !/^[os]=/.test(line))
      .join('\n');
  return other !== null && mediaOf(one) === mediaOf(other);
}

const ORIGIN_VERSION = /^(o=\S+ \S+ )(\d{1,20})/m;

function versionOf(sdp: string | null): bigint | null {
  const version = ORIGIN_VERSION.exec(sdp ?? '')?.[2];
  return version === undefined ? null : BigInt(version);
}
