/**
 * Addresses of e-mail, as an admin writes them. Narrower than RFC 5321 section 4.1.2 on purpose: dot-atoms of ASCII at a host name, so
 * that none of them can hold a quote, a comma, a line break or anything else that means something in a header or an SMTP command.
 */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

export const MAIL_ADDRESS_FORM = new RegExp(`^${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})*$`);

/** RFC 5321 section 4.5.3.1: 64 octets before the sign, 254 in all. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && text.indexOf('@') <= 64 && MAIL_ADDRESS_FORM.test(text);
}

export interface Mailbox {
  /** Shown to people; empty for none. */
  readonly name: string;
  readonly address: string;
}

/** `Calls <calls@example.com>` or the address alone; null when it is neither. */
export function parseMailbox(text: string): Mailbox | null {
  const match = /^(?:([^<>"@,;:\\\p{C}]{1,64}?) *<([^<>]+)>|([^<> ]+))$/u.exec(text.trim());
  const address = match?.[2] ?? match?.[3];
  if (address === undefined || !isMailAddress(address)) return null;
  return { name: match?.[1] ?? '', address };
}
