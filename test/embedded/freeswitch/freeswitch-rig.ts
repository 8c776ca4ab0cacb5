/**
 * A running FreeSWITCH half over the real media engine, with the dialplan of freeswitch-conf, its clients and its legs. Whatever a
 * test makes here is closed at its end, and then nothing may be left.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import {
  createFreeswitch,
  type Freeswitch,
  type FreeswitchOptions,
} from '../../../src/embedded/freeswitch/freeswitch.js';
import { createMediaEngine } from '../../../src/embedded/media/media-engine.js';
import { EventSocketClient } from './event-socket-client.js';
import { type LegOptions, SipLeg } from './sip-leg.js';

export const PASSWORD = 'not-ClueCon';

/** What a program that follows calls listens to. */
export const CALL_EVENTS = [
  'CHANNEL_CREATE CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER CHANNEL_PARK CHANNEL_UNPARK CHANNEL_EXECUTE',
  'CHANNEL_EXECUTE_COMPLETE CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE CHANNEL_DESTROY DTMF',
  'RECORD_START RECORD_STOP PLAYBACK_START PLAYBACK_STOP BACKGROUND_JOB HEARTBEAT',
  'CUSTOM ringpost::greeted ringpost::held ringpost::unfetched ringpost::buyer_ready ringpost::voicemail',
  'ringpost::hold_music_failed conference::maintenance',
].join(' ');

export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export interface FreeswitchRig {
  readonly freeswitch: Freeswitch;
  /** Holds sounds and recordings, removed at the end. */
  readonly folder: string;
  login(events?: string): Promise<EventSocketClient>;
  leg(options: LegOptions): Promise<SipLeg>;
  /** A WAV file of so many ms of a tone (0 is silence). */
  sound(name: string, durationMs: number, frequencyHz: number): string;
  /** Resolves when no channel is left. */
  empty(): Promise<void>;
}

export async function createRig(t: Test, options: Partial<FreeswitchOptions> = {}): Promise<FreeswitchRig> {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-freeswitch-'));
  const engine = await createMediaEngine({ rtpPortMin: 20_000, rtpPortMax: 30_000 });
  const bugs: unknown[] = [];
  const freeswitch = await createFreeswitch({
    engine,
    sipAddress: '127.0.0.1',
    sipPort: 0,
    eventSocketAddress: '127.0.0.1',
    eventSocketPort: 0,
    eventSocketPassword: PASSWORD,
    rtpAddress: '127.0.0.1',
    confFolder: join(repositoryRoot(), 'freeswitch-conf'),
    soundsFolder: folder,
    recordingsFolder: folder,
    onBug: (error) => bugs.push(error),
    ...options,
  }).catch(async (error: unknown) => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const clients: EventSocketClient[] = [];
  const legs: SipLeg[] = [];
  t.teardown(async () => {
    for (const client of clients) client.close();
    await freeswitch.close();
    for (const leg of legs) await leg.close();
    const { eventListeners: _listeners, ...counts } = freeswitch.counts();
    const sessions = engine.sessionCount();
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(bugs, []);
    assert.equal(sessions, 0, 'no media session is left');
    for (const [name, count] of Object.entries(counts)) assert.equal(count, 0, `${name} are left`);
  });
  return {
    freeswitch,
    folder,
    login: async (events = CALL_EVENTS) => {
      const client = await EventSocketClient.login(freeswitch.eventSocketPort, PASSWORD, events);
      clients.push(client);
      return client;
    },
    leg: async (legOptions) => {
      const leg = await SipLeg.open(freeswitch.sipPort, legOptions);
      legs.push(leg);
      return leg;
    },
    sound: (name, durationMs, frequencyHz) => {
      const path = join(folder, name);
      writeFileSync(path, wavOf(durationMs, frequencyHz));
      return path;
    },
    empty: () => freeswitch.core.channels.empty(),
  };
}

/** 8 kHz, 16 bit, mono. */
function wavOf(durationMs: number, frequencyHz: number): Buffer {
  const samples = durationMs * 8;
  const file = Buffer.alloc(44 + samples * 2);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(16_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(samples * 2, 40);
  for (let index = 0; index < samples; index += 1) {
    file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * index) / 8000)), 44 + index * 2);
  }
  return file;
}
