/** Faxes on their way to the mail addresses of their line, as PDF. Called by deliver-due.ts. */
import type { Delivery } from '../../domain/calls/delivery.js';
import { faxOfPages } from '../../domain/calls/fax.js';
import { type DeliveryDependencies, mailVerdict, type Verdict } from '../calls/delivery-attempt.js';

const MAIL_MS = 60_000;

/** One attempt at a fax. */
export async function attemptFax(deps: DeliveryDependencies, { itemId, callId }: Delivery): Promise<Verdict> {
  const fax = await deps.faxes.find(itemId);
  if (fax === null || fax.state === 'failed') {
    return { kind: 'moot', sentence: fax?.failure ?? 'there is no such fax' };
  }
  if (fax.state === 'receiving') return { kind: 'not-yet' };
  const { didsByNumber } = deps.configuration.current();
  const did = [...didsByNumber.values()].find(({ id }) => id === fax.didId);
  const to = did?.fax?.mailTo ?? [];
  if (did === undefined || to.length === 0)
    return { kind: 'moot', sentence: 'the fax line has no mail address any more' };
  if (fax.pdfPath === null) return { kind: 'moot', sentence: 'the fax has no file any more' };
  const outcome = await deps.mails.send({
    ...{ id: fax.id, to, timeoutMs: MAIL_MS },
    subject: `${faxOfPages(fax).replace('a fax', 'Fax')} from ${fax.callerNumber} to ${did.number}`,
    text: [
      `Caller: ${fax.callerNumber}`,
      `Sender's machine: ${fax.senderStation === '' ? 'unnamed' : fax.senderStation}`,
      `Called: ${did.number}`,
      `Pages: ${fax.pages === 0 ? 'unknown' : fax.pages}`,
      `Time: ${new Date(fax.startedAt).toISOString()}`,
      `Call: ${callId}`,
    ].join('\n'),
    attachments: [{ filePath: fax.pdfPath, name: `fax-${fax.id}.pdf`, mediaType: 'application/pdf' }],
  });
  return mailVerdict('the fax', to, outcome);
}
