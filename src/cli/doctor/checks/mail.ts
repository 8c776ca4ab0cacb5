/** Whether the SMTP server takes our name and password, over the TLS that is asked for. No mail is sent. */
import { verifySmtp } from '../../../adapters/mail/smtp-mails.js';
import { formatHostAndPort } from '../../../config/network-address.js';
import type { Check } from '../check.js';
import { fault, ok, sentenceOf, skipped } from '../finding.js';
import { within } from '../within.js';

const VERIFY_MS = 8_000;
const WORDS = { 'from-start': 'with TLS from the start', starttls: 'with STARTTLS', none: 'without TLS' } as const;

export const checkMail: Check = {
  name: 'mail',
  async run({ config: { mail }, secrets }) {
    if (mail === null) return skipped('RINGPOST_SMTP_URL is not set: no mail is sent');
    const where = `${formatHostAndPort(mail)} ${WORDS[mail.tls]}`;
    try {
      const password = secrets.smtpPassword?.reveal() ?? null;
      await within(VERIFY_MS, 'the SMTP server', verifySmtp({ ...mail, password }));
    } catch (error) {
      return fault(
        `${where}: ${sentenceOf(error)}`,
        'check RINGPOST_SMTP_URL, RINGPOST_SMTP_PASSWORD and RINGPOST_SMTP_TLS; mail that is due is tried for a day',
      );
    }
    return ok(`${where} takes mail from ${mail.from.address}`);
  },
};
