/** The environment variables of mail that goes out. Read by env.ts; what they mean together is mail-settings.ts. */
import { optionalText, word } from './variable.js';

export const MAIL_VARIABLES = {
  RINGPOST_SMTP_URL: optionalText({
    group: 'Mail',
    derived: 'none: no mail is sent',
    description:
      'The SMTP server that takes our mail: `smtps://user@mail.example.com:465` with TLS from the start, or `smtp://user@mail.example.com:587` with STARTTLS, without which nothing is sent. The password is RINGPOST_SMTP_PASSWORD.',
  }),
  RINGPOST_SMTP_FROM: optionalText({
    group: 'Mail',
    derived: 'none',
    description:
      'Who our mail is from: `calls@example.com` or `Calls <calls@example.com>`. Goes with RINGPOST_SMTP_URL.',
  }),
  RINGPOST_SMTP_TLS: word(['required', 'none'], {
    group: 'Mail',
    default: 'required',
    description:
      '`none`: mail travels unencrypted, for a relay on this machine or in a network of ours. A password is sent so to loopback alone. Certificates of an authority of your own: NODE_EXTRA_CA_CERTS.',
  }),
};
