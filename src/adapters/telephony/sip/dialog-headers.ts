/** The headers with which a request stands in a dialog that drachtio does not know (RFC 3261 section 12.2.1.1). */
import type { DialogFacts } from './dialog-facts.js';

/** drachtio refreshes sessions by itself and counts CSeq on without telling us; numbers may be left out (RFC 3261 section 12.2.2). */
const CSEQ_MARGIN = 10_000;
const MAX_CSEQ = 2 ** 31 - 2;

export function dialogHeaders(facts: DialogFacts, method: 'INVITE' | 'BYE' | 'ACK'): Record<string, string> {
  // An ACK has the number of its INVITE, which is the last that we sent.
  const cseq = Math.min(facts.localCseq + (method === 'ACK' ? 0 : CSEQ_MARGIN), MAX_CSEQ);
  return {
    'Call-ID': oneLine(facts.callId),
    From: address(facts.localUri, facts.localTag),
    To: address(facts.remoteUri, facts.remoteTag),
    CSeq: `${cseq} ${method}`,
  };
}

/**
 * The request URI: the remote target, and the route set as headers of the URI (RFC 3261 section 19.1.1). drachtio drops a Route header of
 * ours; of the URI sofia-sip makes one, and sends there.
 */
export function requestUri({ remoteContact, remoteUri, routeSet }: DialogFacts): string {
  const target = oneLine(remoteContact ?? remoteUri).split('?')[0] ?? '';
  const routes = routeSet.map((route) => `Route=${encodeURIComponent(oneLine(route))}`);
  return routes.length === 0 ? target : `${target}?${routes.join('&')}`;
}

function address(uri: string, tag: string | null): string {
  return oneLine(tag === null ? `<${uri}>` : `<${uri}>;tag=${tag}`);
}

/** A journal holds what a far end wrote: it must not become a header of its own. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, '');
}
