// Two tone phones call each other without a switch in between: what the demonstration's phones can be relied on for.
import t, { type Test } from 'tap';
import type { PhoneMedia } from '../../../src/embedded/phone/phone-media.js';
import { type PhoneCall, type PhoneManner, TonePhone } from '../../../src/embedded/phone/tone-phone.js';

class SilentMedia implements PhoneMedia {
  readonly port = 40_000;
  remote: string | null = null;
  isClosed = false;
  setRemote(address: string, port: number): void {
    this.remote = `${address}:${port}`;
  }
  close(): void {
    this.isClosed = true;
  }
}

function startPhone(t: Test, name: string, manner: PhoneManner, transport: 'udp' | 'tcp' = 'udp'): Promise<TonePhone> {
  const phone = TonePhone.start({
    name,
    address: '127.0.0.1',
    port: 0,
    transport,
    manner,
    media: async () => new SilentMedia(),
  });
  t.teardown(async () => (await phone).close());
  return phone;
}

for (const transport of ['udp', 'tcp'] as const) {
  t.test(`one phone answers the other over ${transport}, both hear where to send, and a BYE ends both`, async (t) => {
    const callee = await startPhone(t, 'callee', { kind: 'answer', afterMs: 0 }, transport);
    const caller = await startPhone(t, 'caller', { kind: 'refuse', status: 480 }, transport);
    const rung = new Promise<PhoneCall>((resolve) => callee.onCall(resolve));
    const call = await caller.call(callee.uri, 'caller');
    await call.answered;
    const taken = await rung;
    t.equal((call.media as SilentMedia).remote, '127.0.0.1:40000');
    t.equal((taken.media as SilentMedia).remote, '127.0.0.1:40000');
    taken.hangup();
    t.same(await call.ended, { kind: 'hung-up', by: 'far-end' });
    t.same(await taken.ended, { kind: 'hung-up', by: 'us' });
    t.ok((call.media as SilentMedia).isClosed && (taken.media as SilentMedia).isClosed);
  });
}

t.test('a busy phone refuses, and a call that is cancelled ends with 487', async (t) => {
  const busy = await startPhone(t, 'busy', { kind: 'refuse', status: 486 });
  const deaf = await startPhone(t, 'deaf', { kind: 'ring-forever' });
  const caller = await startPhone(t, 'caller', { kind: 'refuse', status: 480 });
  t.same(await (await caller.call(busy.uri, 'caller')).ended, { kind: 'refused', status: 486 });
  const ringing = await caller.call(deaf.uri, 'caller');
  ringing.hangup();
  t.same(await ringing.ended, { kind: 'refused', status: 487 });
});
