/**
 * Which switch the end-to-end tests run against: the real servers when RINGPOST_TEST_SWITCH gives their addresses, as
 * `{"drachtio":{...},"mediaServer":{...},"sipPort":n}`.
 */
import type { Test } from 'tap';
import type { DrachtioAddress } from '../../../src/adapters/telephony/drachtio-link.js';
import type { MediaServerAddress } from '../../../src/adapters/telephony/event-socket-link.js';

export interface SwitchUnderTest {
  readonly drachtio: DrachtioAddress;
  readonly mediaServer: MediaServerAddress;
  /** drachtio's UDP port on 127.0.0.1. */
  readonly sipPort: number;
}

export function switchUnderTest(_t: Test): Promise<SwitchUnderTest> {
  const text = process.env.RINGPOST_TEST_SWITCH;
  if (text === undefined) throw new Error('RINGPOST_TEST_SWITCH is not set');
  return Promise.resolve(JSON.parse(text) as SwitchUnderTest);
}
