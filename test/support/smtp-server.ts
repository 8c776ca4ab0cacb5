/**
 * An SMTP server of the tests (RFC 5321, STARTTLS of RFC 3207, AUTH PLAIN of RFC 4616) on a free port of loopback. It keeps what it takes and
 * says what it was told to say. It checks nothing that a real server checks; what arrives is for the test to judge.
 */
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Test } from 'tap';

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came, dots unstuffed. */
  readonly raw: string;
  readonly isEncrypted: boolean;
  readonly user: string | null;
}

export interface SmtpServerOptions {
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** TLS before the first word, in place of STARTTLS. */
  readonly isTlsFromStart?: boolean;
  readonly login?: { readonly user: string; readonly password: string };
  /** Answers to RCPT in place of 250, by address. */
  readonly refusedRecipients?: ReadonlyMap<string, string>;
  /** Says nothing after this command. */
  readonly silentAt?: string;
  /** Given to DATA, in their order, before mail is taken. */
  readonly dataAnswers?: string[];
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: readonly TakenMail[];
  readonly commands: readonly string[];
  /** Resolves when so many mails have been taken. */
  taken(count: number): Promise<void>;
  /** Resolves when the server has heard this command and goes silent. */
  readonly whenSilent: Promise<void>;
}

interface Conversation {
  isEncrypted: boolean;
  user: string | null;
  from: string;
  to: string[];
  data: string[] | null;
}

const fresh = (isEncrypted: boolean): Conversation => ({ isEncrypted, user: null, from: '', to: [], data: null });
const addressIn = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? '';

class Server {
  readonly mails: TakenMail[] = [];
  readonly commands: string[] = [];
  readonly options: SmtpServerOptions;
  readonly waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  wentSilent: () => void = () => undefined;
  readonly whenSilent = new Promise<void>((resolve) => {
    this.wentSilent = resolve;
  });

  constructor(options: SmtpServerOptions) {
    this.options = options;
  }

  talk(socket: Socket, state: Conversation, greeting: string | null): void {
    let rest = '';
    socket.on('error', () => socket.destroy());
    const hear = (chunk: Buffer): void => {
      rest += chunk.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        const isUpgrade = /^STARTTLS$/i.test(line) && this.options.certificate !== undefined;
        const answer = isUpgrade ? '220 go ahead' : this.answerTo(line, state);
        if (answer !== null) socket.write(`${answer}\r\n`);
        if (answer?.startsWith('221') === true) socket.end();
        if (!isUpgrade) continue;
        socket.off('data', hear);
        this.encrypt(socket, null);
        return;
      }
    };
    socket.on('data', hear);
    if (greeting !== null) socket.write(`${greeting}\r\n`);
  }

  encrypt(socket: Socket, greeting: string | null): void {
    const secureContext = createSecureContext(this.options.certificate);
    this.talk(new TLSSocket(socket, { isServer: true, secureContext }), fresh(true), greeting);
  }

  /** Null says nothing. */
  answerTo(line: string, state: Conversation): string | null {
    if (state.data !== null) return this.answerToData(line, state, state.data);
    this.commands.push(line);
    const verb = line.split(' ')[0]?.toUpperCase() ?? '';
    if (verb === this.options.silentAt) {
      this.wentSilent();
      return null;
    }
    switch (verb) {
      case 'EHLO': {
        const { certificate, login } = this.options;
        const offers = [
          ...(certificate !== undefined && !state.isEncrypted ? ['STARTTLS'] : []),
          ...(login === undefined ? [] : ['AUTH PLAIN']),
        ];
        return ['250-test', ...offers.map((offer) => `250-${offer}`), '250 8BITMIME'].join('\r\n');
      }
      case 'AUTH':
        return this.logIn(line, state) ? '235 welcome' : '535 5.7.8 wrong user or password';
      case 'MAIL':
        state.from = addressIn(line);
        return '250 ok';
      case 'RCPT': {
        const refusal = this.options.refusedRecipients?.get(addressIn(line));
        if (refusal === undefined) state.to.push(addressIn(line));
        return refusal ?? '250 ok';
      }
      case 'DATA': {
        const answer = this.options.dataAnswers?.shift();
        if (answer === undefined) state.data = [];
        return answer ?? '354 go on';
      }
      default:
        return verb === 'QUIT' ? '221 bye' : '502 unknown';
    }
  }

  logIn(line: string, state: Conversation): boolean {
    const { login } = this.options;
    const [, user, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
      .toString()
      .split('\0');
    if (login === undefined || user !== login.user || password !== login.password) return false;
    state.user = user;
    return true;
  }

  answerToData(line: string, state: Conversation, lines: string[]): string | null {
    if (line !== '.') {
      lines.push(line.startsWith('..') ? line.slice(1) : line);
      return null;
    }
    const { from, to, isEncrypted, user } = state;
    this.mails.push({ from, to, isEncrypted, user, raw: lines.join('\r\n') });
    Object.assign(state, { from: '', to: [], data: null });
    for (const { count, resolve } of this.waiters) if (this.mails.length >= count) resolve();
    return '250 taken';
  }
}

export async function startSmtpServer(t: Pick<Test, 'teardown'>, options: SmtpServerOptions = {}): Promise<SmtpServer> {
  const server = new Server(options);
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (options.isTlsFromStart === true) server.encrypt(socket, '220 test');
    else server.talk(socket, fresh(false), '220 test');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => listener.close(() => resolve()));
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the SMTP server has no port');
  return {
    port: address.port,
    mails: server.mails,
    commands: server.commands,
    whenSilent: server.whenSilent,
    taken: (count) =>
      new Promise((resolve) => {
        if (server.mails.length >= count) resolve();
        else server.waiters.push({ count, resolve });
      }),
  };
}

/** The parts of a message by their content type: headers, and content decoded from base64 where it says so. */
export function partsOf(raw: string): readonly { readonly headers: string; readonly body: Buffer }[] {
  const unfolded = (head: string): string => head.replace(/\r\n[ \t]+/g, ' ');
  const cut = raw.indexOf('\r\n\r\n');
  const head = unfolded(raw.slice(0, cut));
  const boundary = /boundary="?([^";\r\n]+)/.exec(head)?.[1];
  if (boundary === undefined) return [{ headers: head, body: Buffer.from(raw.slice(cut + 4), 'latin1') }];
  const pieces = raw.split(`--${boundary}`).slice(1, -1);
  const parts = pieces.map((piece) => {
    const inner = piece.indexOf('\r\n\r\n');
    const headers = unfolded(piece.slice(2, inner));
    const content = piece.slice(inner + 4).replace(/\r\n$/, '');
    return { headers, body: Buffer.from(content, /base64/i.test(headers) ? 'base64' : 'latin1') };
  });
  return [{ headers: head, body: Buffer.alloc(0) }, ...parts];
}
