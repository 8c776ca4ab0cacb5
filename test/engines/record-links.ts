/**
 * Puts taps on both links of a switch under test, and writes what is said into `drachtio/` and `freeswitch/` of a folder, in files named
 * after the test file, without the secrets. The form is that of test/fixtures/real.
 */
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ControlAppSettings } from '../../src/main.js';
import { cutControlFrames, cutEventSocketFrames, LinkTap } from './link-tap.js';

interface TappedLinks {
  readonly drachtio: ControlAppSettings['drachtio'];
  readonly mediaServers: ControlAppSettings['mediaServers'];
  stop(): Promise<void>;
}

/** As they stand in the fixtures. */
const NEUTRAL_SECRET = 'shared-secret';
const NEUTRAL_PASSWORD = 'event-socket-password';

function fileIn(folder: string, kind: string): string {
  mkdirSync(join(folder, kind), { recursive: true });
  return join(folder, kind, `${basename(process.argv[1] ?? 'unnamed', '.test.js')}.jsonl`);
}

/** The length in front counts the payload's bytes, so it follows what was put in place of the secret. */
function withoutSecret(frame: Buffer, secret: string): string {
  const text = frame.toString('latin1');
  if (!text.includes(secret)) return text;
  const payload = text.slice(text.indexOf('#') + 1).replaceAll(secret, NEUTRAL_SECRET);
  return `${payload.length}#${payload}`;
}

export async function recordLinks<Links extends TappedLinks>(underTest: Links, folder: string): Promise<Links> {
  const { drachtio, mediaServers } = underTest;
  const [server, ...others] = mediaServers;
  if (server === undefined) throw new Error('there is no media server');
  const control = await LinkTap.open({
    server: { name: 'drachtio', host: drachtio.host, port: drachtio.port },
    cut: cutControlFrames,
    write: (frame) => withoutSecret(frame, drachtio.secret),
    file: fileIn(folder, 'drachtio'),
  });
  const events = await LinkTap.open({
    server: { name: 'freeswitch', host: server.eventSocketHost, port: server.eventSocketPort },
    cut: cutEventSocketFrames,
    write: (frame) => frame.toString('utf8').replaceAll(server.password, NEUTRAL_PASSWORD),
    file: fileIn(folder, 'freeswitch'),
  });
  const tapped = { ...server, eventSocketHost: '127.0.0.1', eventSocketPort: events.port };
  return {
    ...underTest,
    drachtio: { ...drachtio, host: '127.0.0.1', port: control.port },
    mediaServers: [tapped, ...others],
    stop: async () => {
      await Promise.all([control.close(), events.close()]);
      await underTest.stop();
    },
  };
}
