// What a mail server gets from us, and what nobody gets: mail without TLS, headers of a caller's making. On loopback.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createSmtpMails, type SmtpSettings, verifySmtp } from '../../../src/adapters/mail/smtp-mails.js';
import { createSystemClock } from '../../../src/adapters/system/system-clock.js';
import type { Mail } from '../../../src/application/ports/mails.js';
import { partsOf, startSmtpServer } from '../../support/smtp-server.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from './localhost-certificate.js';

const CERTIFICATE = { key: LOCALHOST_KEY, cert: LOCALHOST_CERTIFICATE };
const LOGIN = { user: 'calls@example.com', password: 'a pass word' };
const FROM = { name: 'Calls', address: 'calls@example.com' };

const settingsFor = (port: number, changes: Partial<SmtpSettings> = {}): SmtpSettings => ({
  ...{ host: '127.0.0.1', port, tls: 'none', user: null, password: null, from: FROM },
  ...changes,
});

const mailOf = (changes: Partial<Mail> = {}): Mail => ({
  ...{ id: 'r1', to: ['desk@example.org'], subject: 'A voicemail', text: 'Hello.\n.\nBye.', attachments: [] },
  ...{ timeoutMs: 10_000, ...changes },
});

const mailsTo = (smtp: SmtpSettings | null) => createSmtpMails({ clock: createSystemClock(), smtp });

function fileOf(t: Test, bytes: Buffer) {
  const filePath = join(t.testdir(), 'message.mp3');
  writeFileSync(filePath, bytes);
  return { filePath, name: 'voicemail.mp3', mediaType: 'audio/mpeg' };
}

t.test('a mail arrives with its text and its file, byte by byte', async (t) => {
  const server = await startSmtpServer(t);
  const bytes = randomBytes(300_000);
  const mail = mailOf({ to: ['a@example.org', 'b@example.org'], attachments: [fileOf(t, bytes)] });
  t.same(await mailsTo(settingsFor(server.port)).send(mail), { kind: 'taken', refused: [] });
  const [taken] = server.mails;
  if (taken === undefined) throw new Error('nothing has arrived');
  t.match(taken, { from: 'calls@example.com', to: ['a@example.org', 'b@example.org'], isEncrypted: false });
  const [head, text, file] = partsOf(taken.raw);
  t.match(head?.headers, /^From: Calls <calls@example\.com>$/m);
  t.match(head?.headers, /^Message-ID: <r1@example\.com>$/m);
  t.match(head?.headers, /^Auto-Submitted: auto-generated$/m);
  t.match(text?.body.toString(), /Hello\.\r\n\.\r\nBye\./);
  t.match(file?.headers, /audio\/mpeg.*voicemail\.mp3/s);
  t.ok(file?.body.equals(bytes));
});

t.test(
  'with STARTTLS and from the start: encrypted, logged in, and only to whom the certificate belongs',
  async (t) => {
    for (const isTlsFromStart of [false, true]) {
      const server = await startSmtpServer(t, { certificate: CERTIFICATE, isTlsFromStart, login: LOGIN });
      const tls = isTlsFromStart ? 'from-start' : 'starttls';
      const changes = { ...LOGIN, tls, host: 'localhost' } as const;
      const trusting = settingsFor(server.port, { ...changes, trustedCertificates: [LOCALHOST_CERTIFICATE] });
      await verifySmtp(trusting);
      t.same(await mailsTo(trusting).send(mailOf()), { kind: 'taken', refused: [] });
      t.match(server.mails[0], { isEncrypted: true, user: LOGIN.user });
      t.match(await mailsTo(settingsFor(server.port, changes)).send(mailOf()), {
        kind: 'failed',
        detail: /certificate/i,
      });
      const wrong = await mailsTo({ ...trusting, password: 'another' }).send(mailOf());
      t.match(wrong, { kind: 'failed', detail: /535/ });
      await t.rejects(verifySmtp({ ...trusting, password: 'another' }), /535/);
      t.equal(server.mails.length, 1);
    }
  },
);

t.test('a server without TLS hears neither password nor mail', async (t) => {
  const server = await startSmtpServer(t, { login: LOGIN });
  const outcome = await mailsTo(settingsFor(server.port, { ...LOGIN, tls: 'starttls' })).send(mailOf());
  t.match(outcome, { kind: 'failed', detail: /STARTTLS/i });
  t.same(server.mails, []);
  t.notMatch(server.commands.join('\n'), /AUTH|MAIL/);
});

t.test('an address that is refused is named, and the others have their mail; none left is a failure', async (t) => {
  const refusedRecipients = new Map([['gone@example.org', '550 5.1.1 nobody here']]);
  const server = await startSmtpServer(t, { refusedRecipients });
  const mails = mailsTo(settingsFor(server.port));
  const both = await mails.send(mailOf({ to: ['gone@example.org', 'desk@example.org'] }));
  t.same(both, { kind: 'taken', refused: ['gone@example.org'] });
  t.match(await mails.send(mailOf({ to: ['gone@example.org'] })), { kind: 'failed', detail: /550/ });
  t.equal(server.mails.length, 1);
});

t.test(
  'without a server each mail fails with what to set; a file that is gone, or a bad address, sends nothing',
  async (t) => {
    t.match(await mailsTo(null).send(mailOf()), { kind: 'failed', detail: /set RINGPOST_SMTP_URL/ });
    const server = await startSmtpServer(t);
    const mails = mailsTo(settingsFor(server.port));
    const gone = { filePath: join(t.testdir(), 'gone.mp3'), name: 'x.mp3', mediaType: 'audio/mpeg' };
    t.match(await mails.send(mailOf({ attachments: [gone] })), { kind: 'failed', detail: /ENOENT/ });
    t.match(await mails.send(mailOf({ attachments: [{ ...gone, filePath: 'http://127.0.0.1/x' }] })), {
      detail: /absolute/,
    });
    for (const to of [[], ['a@b\r\nDATA'], ['"x y"@example.org'], ['a@example.org, b@example.org']]) {
      t.match(await mails.send(mailOf({ to })), { kind: 'failed', detail: /no address/ });
    }
    t.same(server.mails, []);
  },
);

t.test('a server that falls silent is given up in time, and nothing is left behind', async (t) => {
  const server = await startSmtpServer(t, { silentAt: 'DATA' });
  const clock = new VirtualClock();
  const sending = createSmtpMails({ clock, smtp: settingsFor(server.port) }).send(mailOf({ timeoutMs: 5_000 }));
  await server.whenSilent;
  await clock.advance(5_000);
  t.same(await sending, { kind: 'failed', detail: 'not sent in 5000 ms' });
  t.equal(clock.pendingTimers, 0);
});

t.test('no text of a caller becomes a header, a recipient or a command', async (t) => {
  const server = await startSmtpServer(t);
  const mails = mailsTo(settingsFor(server.port));
  const piece = fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    'Bcc: evil@example.net',
    '\r\n.\r\n',
    'RCPT TO:<e@e.net>',
    '\0',
    '=?utf-8?Q?=0D=0A?=',
    'é',
    '\u2028',
  );
  const hostile = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 6 });
  const runs = { numRuns: Number(process.env.RINGPOST_TEST_RUNS ?? 60) };
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (subject, text) => {
      const count = server.mails.length;
      const commands = server.commands.length;
      const words = `A voicemail from ${subject.join('')}`;
      const outcome = await mails.send(mailOf({ subject: words, text: text.join(''), id: subject.join('') || 'r' }));
      if (outcome.kind !== 'taken') throw new Error(outcome.detail);
      const raw = server.mails.at(-1)?.raw ?? '';
      const names = [...raw.slice(0, raw.indexOf('\r\n\r\n')).matchAll(/^([^\s:]+):/gm)].map(([, name]) => name);
      const allowed = [
        'From',
        'To',
        'Subject',
        'Auto-Submitted',
        'Message-ID',
        'Content-Transfer-Encoding',
        'Date',
        'MIME-Version',
        'Content-Type',
      ];
      if (names.some((name) => !allowed.includes(name ?? '')) || new Set(names).size !== names.length)
        throw new Error(names.join());
      if (server.mails.length !== count + 1 || server.mails.at(-1)?.to.join() !== 'desk@example.org')
        throw new Error(raw);
      if (server.commands.length - commands > 5) throw new Error(server.commands.slice(commands).join('\n'));
    }),
    runs,
  );
  t.ok(server.mails.length >= 60);
});
