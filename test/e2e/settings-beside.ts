/** Settings of a control app whose files lie in one folder, beside a switch that runs: for tests that start the app themselves. */
import { join } from 'node:path';
import type { ControlAppSettings } from '../../src/main.js';
import type { SwitchUnderTest } from './switch-under-test.js';

/** An API that no other process has. */
export const LOOPBACK_API = { address: '127.0.0.1', port: 0, requestsPerMinute: 10_000, feedEvents: 1_000 } as const;

/** Without an API, and without MP3s, unless `changes` say otherwise. */
export function settingsBeside(
  { drachtio, mediaServers }: Pick<SwitchUnderTest, 'drachtio' | 'mediaServers'>,
  folder: string,
  changes: Partial<ControlAppSettings> = {},
): ControlAppSettings {
  return {
    databaseFile: join(folder, 'ringpost.db'),
    promptFolder: join(folder, 'prompts'),
    recordingFolder: join(folder, 'recordings'),
    isMp3Made: false,
    minFreeDiskBytes: 0,
    speechEngines: [],
    ...{ drachtio, mediaServers },
    defaultCountry: 'US',
    pingAllowPrivate: ['127.0.0.0/8'],
    limits: { maxCalls: 50, mediaTimeoutMs: 30_000, holdGraceMs: 10_000 },
    drainMs: 0,
    ...changes,
  };
}
