/** The headers with which a request stands in a dialog that drachtio does not know (RFC 3261 section 12.2.1.1). */
import type { DialogFacts } from './dialog-facts.js';

/** drachtio refreshes sessions by itself and counts CSeq on without telling us; numbers may be left out (RFC 3261 section 12.2.2). */
const CSEQ_MARGIN = 10_000;
const MAX_CSEQ = 2 ** 31 - 2;

export function dialogHeaders(facts: DialogFacts, method: 'INVITE' | 'BYE'): Record<string, string> {
  const cseq = Math.min(facts.localCseq + CSEQ_MARGIN, MAX_CSEQ);
  return {
    'Call-ID': oneLine(facts.callId),
    From: address(facts.localUri, facts.localTag),
    To: address(facts.remoteUri, facts.remoteTag),
    CSeq: `${cseq} ${method}`,
    ...routeHeader(facts.routeSet),
  };
}

export function routeHeader(routes: readonly string[]): Record<string, string> {
  return routes.length === 0 ? {} : { Route: oneLine(routes.join(', ')) };
}

function address(uri: string, tag: string | null): string {
  return oneLine(tag === null ? `<${uri}>` : `<${uri}>;tag=${tag}`);
}

/** A journal holds what a far end wrote: it must not become a header of its own. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, '');
}
