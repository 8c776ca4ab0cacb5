/** Whether the SMTP server takes our name and password, over the TLS that is asked for. No mail is sent. */
import { verifySmtp } from '../../../adapters/mail/smtp-mails.js';
import { formatHostAndPort } from '../../../config/network-address.js';
import type { Check } from '../check.js';
import type { DoctorContext } from '../doctor-context.js';
import { fault, listed, type Outcome, ok, sentenceOf, skipped } from '../finding.js';
import { within } from '../within.js';

const VERIFY_MS = 8_000;
const WORDS = { 'from-start': 'with TLS from the start', starttls: 'with STARTTLS', none: 'without TLS' } as const;

async function withoutServer(context: DoctorContext): Promise<Outcome> {
  const document = await context.document().catch(() => null);
  const names = (document?.campaigns ?? []).filter(({ voicemailMail }) => voicemailMail.length > 0).map(({ id }) => id);
  if (names.length === 0) return skipped('RINGPOST_SMTP_URL is not set: no mail is sent');
  return fault(
    `RINGPOST_SMTP_URL is not set, and campaigns mail their voicemails: ${listed(names)}`,
    'set RINGPOST_SMTP_URL and RINGPOST_SMTP_FROM; what is due now is given up after a day',
  );
}

export const checkMail: Check = {
  name: 'mail',
  async run(context) {
    const { config, secrets } = context;
    const { mail } = config;
    if (mail === null) return await withoutServer(context);
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
