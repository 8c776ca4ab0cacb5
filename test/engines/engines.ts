/**
 * `npm run test:engines`: every end-to-end sentence against the embedded switch, or, when it is told where they are, against a real
 * drachtio and a real FreeSWITCH. It looks first whether the pair is as the sentences need it and refuses with a sentence each when
 * it is not. The files are then run by test/run-files.ts, which prints the outcome and the last line.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type EnginesUnderTest, examineServers } from './examine-servers.js';
import { nameEmbedded } from './name-embedded.js';

/** Where the sentences are that both engines must speak. */
const SENTENCES = ['test/e2e', 'test/faults'];
const USAGE = `npm run test:engines -- [--drachtio host:port --freeswitch host:port] [files]
  --drachtio host:port       control port of drachtio; DRACHTIO_SECRET has its secret
  --freeswitch host:port     event socket of FreeSWITCH; FREESWITCH_EVENT_SOCKET_PASSWORD has its password
  --drachtio-sip host:port   where callers reach drachtio; what drachtio says itself when left out
  --freeswitch-sip host:port the profile drachtio_mrf; what FreeSWITCH says itself when left out
  --shared folder            a folder for prompts and recordings that FreeSWITCH sees under the same path; the system's for temporary
                             files when left out
  --transcripts folder       writes what app and servers say to each other, and the SIP of the far ends, into this folder`;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      drachtio: { type: 'string' },
      freeswitch: { type: 'string' },
      'drachtio-sip': { type: 'string' },
      'freeswitch-sip': { type: 'string' },
      shared: { type: 'string', default: tmpdir() },
      transcripts: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
}

/** One file at a time on real servers: each has an app of its own, and drachtio would share the calls among those that are connected. */
async function runSentences(paths: readonly string[], engines: EnginesUnderTest): Promise<number> {
  const runner = fileURLToPath(new URL('../run-files.js', import.meta.url));
  const atATime = engines.isReal ? ['--at-a-time', '1'] : [];
  const child = spawn(process.execPath, [runner, ...atATime, ...paths], {
    stdio: 'inherit',
    env: { ...process.env, ...engines.environment },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return await new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
}

async function main(): Promise<number> {
  const { values, positionals } = readArguments();
  if (values.help) {
    print(USAGE);
    return 0;
  }
  const { drachtio, freeswitch } = values;
  if ((drachtio === undefined) !== (freeswitch === undefined)) {
    print('--drachtio and --freeswitch belong together: name both servers, or none for the embedded switch.');
    return 1;
  }
  const shared = resolve(values.shared);
  const examined =
    drachtio === undefined || freeswitch === undefined
      ? await nameEmbedded()
      : await examineServers({
          ...{ drachtio, freeswitch, shared, env: process.env },
          drachtioSip: values['drachtio-sip'] ?? null,
          freeswitchSip: values['freeswitch-sip'] ?? null,
        });
  if (examined.kind === 'refused') {
    for (const sentence of examined.sentences) print(`refused: ${sentence}`);
    return 1;
  }
  for (const name of examined.engines.names) print(name);
  const environment: Record<string, string> = { ...examined.engines.environment };
  if (values.transcripts !== undefined) {
    environment.E2E_TRANSCRIPTS = resolve(values.transcripts);
    mkdirSync(environment.E2E_TRANSCRIPTS, { recursive: true });
  }
  return await runSentences(positionals.length > 0 ? positionals : SENTENCES, { ...examined.engines, environment });
}

try {
  process.exitCode = await main();
} catch (error) {
  print(error instanceof TypeError ? `${error.message}\n${USAGE}` : String(error));
  process.exitCode = 1;
}
