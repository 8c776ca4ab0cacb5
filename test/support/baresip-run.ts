/**
 * One baresip (Debian's package) as a telephone of a test: a configuration of its own in a temporary folder, a tone from a WAV file as
 * microphone, and what it hears written to a WAV file. Ended by its pid, which makes it hang up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { on } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SineSum } from '../../src/embedded/media/tone.js';
import { WAV_HEADER_BYTES, wavHeader } from '../../src/embedded/media/wav-format.js';
import { reservePort } from './reserved-port.js';

const MODULE_FOLDER = '/usr/lib/baresip/modules';
const RATE = 8_000;
const TONE_MS = 20_000;
const KILL_AFTER_MS = 5_000;

function writeTone(path: string, toneHz: number): void {
  const samples = new Int16Array((TONE_MS * RATE) / 1000);
  new SineSum([toneHz], -10).fill(samples, 0, samples.length);
  const data = Buffer.from(samples.buffer);
  writeFileSync(path, Buffer.concat([wavHeader(1, RATE, data.length), data]));
}

export interface BaresipOptions {
  readonly toneHz: number;
  readonly dial: string | null;
  /** User part of its address. */
  readonly user?: string;
  /** It takes SRTP (SDES) alone. */
  readonly isSecure?: boolean;
}

function configurationOf(folder: string, port: number, { isSecure }: BaresipOptions): string {
  const modules = ['g711', 'aufile', 'aubridge', 'sndfile', ...(isSecure === true ? ['srtp'] : [])].map(
    (name) => `module ${name}.so`,
  );
  return [
    'poll_method epoll',
    `sip_listen 127.0.0.1:${port}`,
    'net_interface 127.0.0.1',
    `audio_source aufile,${join(folder, 'tone.wav')}`,
    // A player that nobody takes from: it is there so that baresip decodes what it hears, and sndfile writes that down.
    'audio_player aubridge,sink',
    ...['ausrc_srate 8000', 'auplay_srate 8000', 'ausrc_channels 1', 'auplay_channels 1'],
    `module_path ${MODULE_FOLDER}`,
    ...modules,
    'module_tmp account.so',
    'module_app menu.so',
    `snd_path ${join(folder, 'heard')}`,
    '',
  ].join('\n');
}

export class BaresipRun {
  readonly uri: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #output = '';
  #waiters: (() => void)[] = [];

  private constructor(uri: string, folder: string, child: ChildProcess) {
    this.uri = uri;
    this.#folder = folder;
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString('latin1')).slice(-100_000);
        for (const wake of this.#waiters.splice(0)) wake();
      });
    }
  }

  /** Ready when this settles: a buyer that answers by itself, or a caller that has begun to dial. */
  static async start(options: BaresipOptions): Promise<BaresipRun> {
    const folder = mkdtempSync(join(tmpdir(), 'ringpost-baresip-'));
    const port = await reservePort();
    mkdirSync(join(folder, 'heard'));
    writeTone(join(folder, 'tone.wav'), options.toneHz);
    writeFileSync(join(folder, 'config'), configurationOf(folder, port, options));
    const { user = 'baresip', isSecure = false } = options;
    const security = isSecure ? ';mediaenc=srtp-mand' : '';
    const account = `<sip:${user}@127.0.0.1>;regint=0;answermode=auto;audio_codecs=PCMU${security}\n`;
    writeFileSync(join(folder, 'accounts'), account);
    writeFileSync(join(folder, 'contacts'), '');
    const dial = options.dial === null ? [] : ['-e', `/dial ${options.dial}`];
    const child = spawn('baresip', ['-f', folder, ...dial], { stdio: ['ignore', 'pipe', 'pipe'] });
    const run = new BaresipRun(`sip:${user}@127.0.0.1:${port}`, folder, child);
    await run.says('baresip is ready');
    return run;
  }

  /** Settles when its output holds the text; rejects with the output when it ends without. */
  async says(text: string): Promise<void> {
    let isOver = false;
    void this.#exited.then(() => {
      isOver = true;
      for (const wake of this.#waiters.splice(0)) wake();
    });
    while (!this.#output.includes(text)) {
      if (isOver) throw new Error(`baresip ended without saying "${text}": ${this.#output.slice(-2_000)}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Settles when it has heard so many milliseconds more, each of them written down as 8 kHz mono. */
  async hears(durationMs: number): Promise<void> {
    const folder = join(this.#folder, 'heard');
    const heardBytes = (): number =>
      readdirSync(folder).reduce(
        (sum, name) => sum + (name.endsWith('-dec.wav') ? statSync(join(folder, name)).size : 0),
        0,
      );
    const enough = heardBytes() + durationMs * (RATE / 1_000) * 2;
    const watcher = watch(folder);
    try {
      for await (const _change of on(watcher, 'change')) if (heardBytes() >= enough) return;
    } finally {
      watcher.close();
    }
  }

  /** Hangs up what is up and ends it; answers what it heard, 8 kHz mono. */
  async stop(): Promise<Int16Array> {
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS);
    await this.#exited;
    clearTimeout(timer);
    const folder = join(this.#folder, 'heard');
    const file = readdirSync(folder).find((name) => name.endsWith('-dec.wav'));
    const bytes = file === undefined ? Buffer.alloc(WAV_HEADER_BYTES) : readFileSync(join(folder, file));
    rmSync(this.#folder, { recursive: true, force: true });
    const data = bytes.subarray(WAV_HEADER_BYTES);
    return new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + (data.length & ~1)));
  }
}
