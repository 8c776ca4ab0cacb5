/** The Reason header (RFC 3326) that goes with our BYE and CANCEL, and the cause that a far end's BYE names. */
import { HANGUP_CAUSES, type HangupCause, isHangupCause } from '../../../domain/calls/hangup-cause.js';

export const COMPLETED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

export function formatReason(cause: HangupCause): string {
  const { q850, sipStatus } = HANGUP_CAUSES[cause];
  // FreeSWITCH numbers above 127 are its own and mean nothing in Q.850.
  return q850 <= 127 ? `Q.850;cause=${q850};text="${cause}"` : `SIP;cause=${sipStatus};text="${cause}"`;
}

/** A BYE without a Reason is a normal end. FreeSWITCH writes its own cause name as the text. */
export function readReason(header: string | undefined): HangupCause {
  if (header === undefined || header.length > 1_024) return 'NORMAL_CLEARING';
  const text = /;\s*text\s*=\s*"?([A-Z_]+)/.exec(header)?.[1];
  if (text !== undefined && isHangupCause(text)) return text;
  const q850 = Number(/Q\.850\s*;\s*cause\s*=\s*(\d{1,3})/i.exec(header)?.[1] ?? Number.NaN);
  for (const [cause, row] of Object.entries(HANGUP_CAUSES)) if (row.q850 === q850 && isHangupCause(cause)) return cause;
  return 'NORMAL_CLEARING';
}
