/**
 * Where our mail goes out, from its variables: server, TLS and sender agree, or there is a sentence for each fault. Called by loadConfig.
 * The password is a secret and never part of the URL, which is shown.
 */
import { type Mailbox, parseMailbox } from '../domain/campaigns/mail-address.js';
import type { Variables } from './env.js';
import { isLoopback } from './network-address.js';
import { shown } from './read-variables.js';
import { type Environment, readOptionalSecret, type Secret } from './secrets.js';

export interface MailConfig {
  readonly host: string;
  readonly port: number;
  /** `from-start`: smtps (RFC 8314). `starttls`: nothing is said before it. `none`: for loopback and networks of ours. */
  readonly tls: 'from-start' | 'starttls' | 'none';
  readonly user: string | null;
  readonly from: Mailbox;
}

const PORTS = { 'smtps:': 465, 'smtp:': 587 } as const;
const FORM = 'write smtps://user@mail.example.com:465 or smtp://user@mail.example.com:587';

type Server = Omit<MailConfig, 'from'>;

function serverOf(text: string, tls: Variables['RINGPOST_SMTP_TLS'], faults: string[]): Server | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isKnown = url !== null && (url.protocol === 'smtp:' || url.protocol === 'smtps:');
  if (url !== null && url.password !== '') {
    faults.push('RINGPOST_SMTP_URL holds a password: move it to RINGPOST_SMTP_PASSWORD, since the URL is shown.');
    return null;
  }
  const rest = url === null ? '' : `${url.pathname.replace(/^\/$/, '')}${url.search}${url.hash}`;
  if (!isKnown || url.hostname === '' || rest !== '') {
    faults.push(`RINGPOST_SMTP_URL is ${shown(text)}: ${FORM}.`);
    return null;
  }
  if (url.protocol === 'smtps:' && tls === 'none') {
    faults.push('RINGPOST_SMTP_TLS is none and RINGPOST_SMTP_URL says smtps: leave one of them out.');
  }
  const withTls = url.protocol === 'smtps:' ? 'from-start' : 'starttls';
  const protocol = url.protocol === 'smtps:' ? 'smtps:' : 'smtp:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? PORTS[protocol] : Number(url.port),
    tls: tls === 'none' ? 'none' : withTls,
    user: url.username === '' ? null : userOf(url.username),
  };
}

function userOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function passwordFaults({ user, tls, host }: Server, password: Secret | null): readonly string[] {
  if (user === null && password !== null)
    return ['RINGPOST_SMTP_PASSWORD is set, but RINGPOST_SMTP_URL names no user: write smtps://user@host:port.'];
  if (user !== null && password === null)
    return ['RINGPOST_SMTP_URL names a user, but RINGPOST_SMTP_PASSWORD is not set: set it, or leave the user out.'];
  if (user !== null && tls === 'none' && !isLoopback(host))
    return [`RINGPOST_SMTP_TLS is none and ${host} is not this machine: the password would travel unencrypted.`];
  return [];
}

export interface MailReading {
  /** Null: no mail is sent. */
  readonly mail: MailConfig | null;
  readonly smtpPassword: Secret | null;
}

/** Adds a sentence to the list for each fault. */
export function readMail(variables: Variables, env: Environment, faults: string[]): MailReading {
  const { RINGPOST_SMTP_URL: url, RINGPOST_SMTP_FROM: sender, RINGPOST_SMTP_TLS: tls } = variables;
  const smtpPassword = readOptionalSecret(env, 'RINGPOST_SMTP_PASSWORD', faults);
  if (url === undefined) {
    const needless = [
      sender === undefined ? [] : ['RINGPOST_SMTP_FROM'],
      smtpPassword ? ['RINGPOST_SMTP_PASSWORD'] : [],
    ];
    for (const name of needless.flat())
      faults.push(`${name} is set, but RINGPOST_SMTP_URL is not: set both or neither.`);
    return { mail: null, smtpPassword };
  }
  const server = serverOf(url, tls, faults);
  if (server !== null) faults.push(...passwordFaults(server, smtpPassword));
  const from = sender === undefined ? null : parseMailbox(sender);
  if (from === null) {
    const found = sender === undefined ? 'is not set' : `is ${shown(sender)}`;
    faults.push(`RINGPOST_SMTP_FROM ${found}: write who our mail is from, such as Calls <calls@example.com>.`);
  }
  return { mail: server === null || from === null ? null : { ...server, from }, smtpPassword };
}
