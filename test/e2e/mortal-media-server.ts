/**
 * Two embedded switches for the tests of row F9: the app attaches to the drachtio of the first and to both FreeSWITCHes, and the first call
 * lies on the second one, which `kill` ends by SIGKILL.
 */
import { type SwitchUnderTest, startSwitchUnderTest } from './switch-under-test.js';

export interface MortalPair extends SwitchUnderTest {
  kill(): Promise<void>;
}

export async function startMortalPair(): Promise<MortalPair> {
  const [first, second] = await Promise.all([startSwitchUnderTest(), startSwitchUnderTest()]);
  const named = (one: SwitchUnderTest, name: string) => one.mediaServers.map((server) => ({ ...server, name }));
  return {
    ...first,
    mediaServers: [...named(second, 'second'), ...named(first, 'first')],
    kill: second.kill,
    stop: async () => {
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}
