/** The record of one fax that a fax line was sent: what came of it, and its files. */
export type FaxState = 'receiving' | 'received' | 'failed';

/** As the media server's T.30 engine reports it. All text is the sender's, cut and printable. */
export interface FaxResult {
  readonly isReceived: boolean;
  readonly pages: number;
  /** What the sending machine calls itself (T.30 TSI); empty for nothing. */
  readonly senderStation: string;
  readonly code: number;
  readonly text: string;
  /** Bits per second. */
  readonly rate: number;
  readonly isT38: boolean;
}

export interface Fax {
  readonly id: string;
  readonly callId: string;
  readonly didId: string;
  readonly campaignId: string;
  readonly state: FaxState;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly startedAt: number;
  /** As the call log has it; `anonymous` when it was withheld. */
  readonly callerNumber: string;
  readonly senderStation: string;
  readonly pages: number;
  readonly rate: number | null;
  readonly isT38: boolean;
  readonly tiffPath: string | null;
  readonly pdfPath: string | null;
  /** Why there is none, when `state` is `failed`. */
  readonly failure: string | null;
}

const LONGEST_STATION = 20;

/** T.30 section 5.3.6.2.4: twenty characters; more, and what a terminal would obey, is not from a fax machine. */
export function stationOf(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, LONGEST_STATION);
}

/** `a fax of 3 pages`, for whoever reads it. How many a fax has whose process died under it is not known. */
export function faxOfPages({ pages }: Pick<Fax, 'pages'>): string {
  return pages === 0 ? 'a fax' : `a fax of ${pages} ${pages === 1 ? 'page' : 'pages'}`;
}

/** Of a fax that is over and whose file has not been looked at. Pages that came before a failure do not make it a fax. */
export function whyFaxFailed(result: FaxResult | null): string | null {
  if (result === null) return 'the caller left, or the media server was lost, before the fax was over';
  if (!result.isReceived)
    return `the fax failed after ${result.pages} ${result.pages === 1 ? 'page' : 'pages'}: ${result.text} (${result.code})`;
  return result.pages === 0 ? 'the fax has no page' : null;
}
