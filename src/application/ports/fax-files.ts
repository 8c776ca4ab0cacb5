/** Faxes as files: the TIFF that the media server writes, and the PDF that is made of it. */
import type { Fax } from '../../domain/calls/fax.js';
import type { OpenRecordingFile } from './recording-files.js';

export type FaxFileOutcome =
  | { readonly kind: 'ready'; readonly pdfPath: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface FaxFiles {
  /** Makes the PDF, within a time of its own. Never rejects. The TIFF stays. */
  toPdf(tiffPath: string): Promise<FaxFileOutcome>;
  /** Null when the fax has no PDF, or it is no longer there. */
  openPdf(fax: Fax): Promise<OpenRecordingFile | null>;
}
