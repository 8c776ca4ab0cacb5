/**
 * The tour of README.md: its own curl lines build a campaign in a running system, SIPp calls it, its own curl lines edit the greeting,
 * and the next caller hears it. What is run is read from the README, so that it stays true.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/config/package-root.js';
import { SineSum } from '../../src/embedded/media/tone.js';
import { wavHeader } from '../../src/embedded/media/wav-format.js';
import { missingProgram } from '../support/installed-program.js';
import { commandEnvironment, sipOf } from './command-environment.js';
import { RingpostCommand } from './ringpost-command.js';
import { SippParty } from './sipp-party.js';
import { sharedFolder } from './switch-under-test.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

const skip = missingProgram('sipp') || missingProgram('curl');
const DID = '+12025550100';
/** Of the sound that takes the place of the spoken greeting. */
const WELCOME_HZ = 620;
const WELCOME_MS = 1_500;

/** Blocks of the section, each a piece of shell; the variables that an operator sets by hand are the test's own. */
function tourBlocks(): readonly string[] {
  const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
  const [, section = ''] = readme.split('## With curl\n');
  const blocks = [...(section.split('\n## ')[0] ?? '').matchAll(/```sh\n([\s\S]*?)```/g)].map(
    (match) => match[1] ?? '',
  );
  return blocks.map((block) => block.replace(/^(API|KEY|BUYER)=.*$/gm, ''));
}

type Environment = Readonly<Record<string, string>>;

async function runShell(script: string, cwd: string, environment: Environment): Promise<string> {
  const child = spawn('bash', ['-e', '-u', '-o', 'pipefail', '-c', script], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the tour ended with ${String(code)}: ${output}`);
  return output;
}

function writeWelcome(folder: string): void {
  const samples = new Int16Array((WELCOME_MS * 8_000) / 1_000);
  new SineSum([WELCOME_HZ], -10).fill(samples, 0, samples.length);
  const data = Buffer.from(samples.buffer);
  writeFileSync(join(folder, 'welcome.wav'), Buffer.concat([wavHeader(1, 8_000, data.length), data]));
}

async function startSystem(t: Test, folder: string) {
  const environment = { ...commandEnvironment(join(folder, 'data')), RINGPOST_TTS_ENGINES: 'flite-wasm' };
  const app = new RingpostCommand(['start'], environment);
  t.teardown(async () => {
    app.stop();
    await app.exited;
  });
  const sip = await sipOf(app);
  const { api } = await app.line((line) => line.msg === 'ready for calls');
  const create = new RingpostCommand(['key', 'create', '--name', 'tour', '--json'], environment);
  const { key } = await create.line((line) => line.key !== undefined);
  await create.exited;
  return { app, sip, api: `${String(api)}/api/v1`, key: String(key) };
}

t.test(
  'a campaign built by the curl lines of the README takes a call; an edited greeting is heard in the next',
  { skip },
  async (t) => {
    const folder = mkdtempSync(join(sharedFolder(), 'ringpost-tour-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const { app, sip, api, key } = await startSystem(t, folder);
    const [prelude = '', build = '', edit = '', look = ''] = tourBlocks();
    t.match(prelude, /api\(\) \{ curl/);

    /** One call of SIPp into the campaign; answers whether the caller heard the welcome, and the buyer. */
    const call = async (buyer: SippParty) => {
      const caller = await SippParty.start('caller', {
        scenario: 'uac-hangs-up-expect-200',
        called: DID,
        keys: { caller: '+13105550123', hangup_ms: 7_000 },
        remote: sip,
      });
      t.teardown(() => caller.stop());
      let isWelcomed = false;
      void caller.phone.hears(WELCOME_HZ).then(() => {
        isWelcomed = true;
      });
      t.same(await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]), [true, true], 'the two are bridged');
      return { isWelcomed, outcome: await caller.run.ended };
    };
    const startBuyer = async (): Promise<SippParty> => {
      const keys = { ring_ms: 100, talk_ms: 1_000 };
      const buyer = await SippParty.start('buyer', { scenario: 'uas-answers-expect-bye', keys });
      t.teardown(() => buyer.stop());
      return buyer;
    };

    const first = await startBuyer();
    const environment = { API: api, KEY: key, BUYER: first.run.uri };
    await runShell(`${prelude}\n${build}`, folder, environment);
    t.ok(existsSync(join(folder, 'greeting.wav')));
    const spoken = await call(first);
    t.equal(spoken.outcome.diagnosis, '');
    t.equal(spoken.isWelcomed, false, 'the first caller hears the spoken greeting');

    writeWelcome(folder);
    await runShell(`${prelude}\n${edit}`, folder, environment);
    const second = await startBuyer();
    const moved = `{"id": "acme-desk", "buyerId": "acme", "price": 30, "destination": "${second.run.uri}"}`;
    await runShell(
      `${prelude}\napi -X PUT $API/targets/acme-desk -H 'If-Match: *' --json '${moved}'`,
      folder,
      environment,
    );
    const sounded = await call(second);
    t.equal(sounded.isWelcomed, true, 'the next caller hears the sound that took its place');

    await app.line((line) => line.msg === 'call closed' && line.outcome === 'sold');
    const seen = JSON.parse(await runShell(`${prelude}\n${look}`, folder, environment)) as { items: unknown[] };
    t.equal(seen.items.length, 2);
    t.match(JSON.stringify(seen), /"outcome":"sold"/);
  },
);
