/**
 * Mail over SMTP (nodemailer): one connection for each mail, TLS unless it was given up in so many words, files streamed from disk. Made by
 * the composition root and by the doctor. What a caller sent is text in it, never a header, an address or a path.
 */
import { isAbsolute } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Clock } from '../../application/ports/clock.js';
import type { Mail, MailOutcome, Mails } from '../../application/ports/mails.js';
import type { MailConfig } from '../../config/mail-settings.js';
import { isMailAddress } from '../../domain/campaigns/mail-address.js';

export interface SmtpSettings extends MailConfig {
  /** Goes with the user. */
  readonly password: string | null;
  /** PEM, in place of the authorities that the system trusts. */
  readonly trustedCertificates?: readonly string[];
}

interface SmtpMailsOptions {
  readonly clock: Clock;
  /** Null: nothing is configured, and each mail fails with a sentence that says so. */
  readonly smtp: SmtpSettings | null;
  /** Aborted when the system stops: a mail under way is given up, and tried again by the next process. */
  readonly stopping?: AbortSignal;
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
const SUBJECT_CHARACTERS = 150;
const NOT_CONFIGURED = 'mail is not configured: set RINGPOST_SMTP_URL and RINGPOST_SMTP_FROM';

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();

const sentenceOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 160);
};

function transportOf({ host, port, tls, user, password, trustedCertificates: ca }: SmtpSettings) {
  return createTransport({
    ...{ host, port, secure: tls === 'from-start', requireTLS: tls === 'starttls', ignoreTLS: tls === 'none' },
    ...(user === null ? {} : { auth: { user, pass: password ?? '' }, forceAuth: true }),
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, dnsTimeout: CONNECT_MS },
    ...{ socketTimeout: SILENCE_MS, socketCloseTimeout: 1_000 },
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca: [...ca] }) },
    // A URL would be fetched, past every guard.
    disableUrlAccess: true,
  });
}

/** Logs in and says goodbye. Rejects with what the server, or the network, has against it. */
export async function verifySmtp(smtp: SmtpSettings): Promise<void> {
  await transportOf(smtp).verify();
}

function faultOf({ to, attachments }: Mail): string | null {
  if (to.length === 0 || !to.every(isMailAddress)) return 'it has no address that mail could be sent to';
  return attachments.every(({ filePath }) => isAbsolute(filePath)) ? null : 'a file of it has no absolute path';
}

class SmtpMails implements Mails {
  readonly #options: SmtpMailsOptions;
  readonly #transport: ReturnType<typeof transportOf> | null;

  constructor(options: SmtpMailsOptions) {
    this.#options = options;
    this.#transport = options.smtp === null ? null : transportOf(options.smtp);
  }

  async send(mail: Mail): Promise<MailOutcome> {
    const { clock, smtp, stopping } = this.#options;
    if (smtp === null || this.#transport === null) return { kind: 'failed', detail: NOT_CONFIGURED };
    const fault = faultOf(mail);
    if (fault !== null) return { kind: 'failed', detail: fault };
    const giveUp = new AbortController();
    const stop = clock.startTimer(mail.timeoutMs, () => giveUp.abort());
    const { from } = smtp;
    try {
      const { rejected } = await this.#transport.sendMail({
        from,
        to: mail.to.map((address) => ({ name: '', address })),
        subject: oneLine(mail.subject).slice(0, SUBJECT_CHARACTERS),
        text: mail.text,
        messageId: `<${mail.id.replace(/[^A-Za-z0-9.-]/g, '-')}@${from.address.split('@')[1] ?? ''}>`,
        // RFC 3834 section 5: nobody's holiday notice answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
        attachments: mail.attachments.map(({ filePath, name, mediaType }) => ({
          ...{ path: filePath, filename: oneLine(name), contentType: mediaType },
        })),
        signal: stopping === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, stopping]),
      });
      return { kind: 'taken', refused: rejected };
    } catch (error) {
      if (giveUp.signal.aborted) return { kind: 'failed', detail: `not sent in ${mail.timeoutMs} ms` };
      return { kind: 'failed', detail: sentenceOf(error) };
    } finally {
      stop();
    }
  }
}

export function createSmtpMails(options: SmtpMailsOptions): Mails {
  return new SmtpMails(options);
}
