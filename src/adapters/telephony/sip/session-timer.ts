/**
 * The session timer of a request inside a dialog (RFC 4028 section 9). drachtio keeps the time and refuses what is too short; a 200
 * without Session-Expires would say that there is no timer any more, and the far end would stop to refresh.
 */
import type { SrfRequest } from 'drachtio-srf';

const FORM = /^\s*(\d{1,9})\s*(?:;.*?\brefresher\s*=\s*(uac|uas)\b)?/i;

/** Headers for the 200; none when the request asks for no timer. */
export function timerHeaders(request: SrfRequest): Record<string, string> {
  const asked = FORM.exec(request.get('session-expires') ?? '');
  if (asked === null) return {};
  // drachtio takes over the refreshing with its answer to an INVITE, and leaves it as it is with that to an UPDATE.
  const refresher = asked[2]?.toLowerCase() ?? (request.method === 'UPDATE' ? 'uac' : 'uas');
  const isKnown = /\btimer\b/i.test(request.get('supported') ?? '');
  return {
    'Session-Expires': `${asked[1]};refresher=${refresher}`,
    ...(refresher === 'uac' && isKnown ? { Require: 'timer' } : {}),
  };
}
