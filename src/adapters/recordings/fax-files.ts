/**
 * Makes the PDF of a fax with libtiff's tiff2pdf, and opens it for whoever may read it. Nothing of the sender's reaches the command line:
 * both paths are of our own ids. Called after the call; one at a time, since nobody waits.
 */
import { execFile } from 'node:child_process';
import { rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import PQueue from 'p-queue';
import type { FaxFileOutcome, FaxFiles } from '../../application/ports/fax-files.js';
import { openPlainFile } from './recording-files.js';

const run = promisify(execFile);

export const TIFF2PDF = 'tiff2pdf';
const LIMIT_MS = 60_000;
const OUTPUT_BYTES = 65_536;

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return `${TIFF2PDF} is not installed (Debian: libtiff-tools)`;
  return error.message.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 160);
}

async function convert(tiffPath: string): Promise<FaxFileOutcome> {
  const pdfPath = tiffPath.replace(/\.tif$/, '.pdf');
  const part = `${pdfPath}.part`;
  try {
    const facts = await stat(tiffPath).catch(() => null);
    if (facts?.isFile() !== true || facts.size === 0)
      return { kind: 'failed', reason: 'the media server left no file' };
    await run(TIFF2PDF, ['-o', part, tiffPath], { timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: OUTPUT_BYTES });
    await rename(part, pdfPath);
    return { kind: 'ready', pdfPath };
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    return { kind: 'failed', reason: `no PDF: ${reasonOf(error)}` };
  }
}

export function createFaxFiles(): FaxFiles {
  const queue = new PQueue({ concurrency: 1 });
  return {
    toPdf: (tiffPath) => queue.add(() => convert(tiffPath)),
    async openPdf({ id, callId, pdfPath }) {
      const isOurs = pdfPath !== null && basename(pdfPath) === `${callId}-${id}.pdf`;
      return isOurs ? await openPlainFile(pdfPath) : null;
    },
  };
}
