/**
 * Which switch the end-to-end tests of this folder run against: the one of test/e2e, that is the embedded switch in a process of its
 * own, or the real servers when E2E_DRACHTIO and its companions say where they are.
 */
import type { Test } from 'tap';
import type { DrachtioAddress } from '../../../src/adapters/telephony/drachtio/drachtio-link-options.js';
import type { MediaServerAddress } from '../../../src/adapters/telephony/event-socket/event-socket-link.js';
import { startSwitchUnderTest } from '../../e2e/switch-under-test.js';

export interface SwitchUnderTest {
  readonly drachtio: DrachtioAddress;
  readonly mediaServer: MediaServerAddress;
  /** drachtio's UDP port on 127.0.0.1. */
  readonly sipPort: number;
}

export async function switchUnderTest(t: Test): Promise<SwitchUnderTest> {
  const started = await startSwitchUnderTest();
  t.teardown(() => started.stop());
  const [mediaServer] = started.mediaServers;
  if (mediaServer === undefined) throw new Error('the switch names no media server');
  return { drachtio: started.drachtio, mediaServer, sipPort: started.sip.port };
}
