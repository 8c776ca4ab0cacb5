/**
 * Trunks with SRTP and TLS. Where the servers have neither, as the embedded switch, the dial fails with a sentence and the caller hears
 * the fallback. Real servers that are started with SRTP (E2E_SECURE_MEDIA=optional) carry a call to baresip, which takes nothing else;
 * E2E_TLS says that drachtio has TLS.
 */
import t from 'tap';
import type { Gateway } from '../../src/domain/trunks/trunk.js';
import { BaresipRun } from '../support/baresip-run.js';
import { missingProgram } from '../support/installed-program.js';
import { DIALLED } from './campaign-builder.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ } from './tone-prompts.js';

const noSipp = missingProgram('sipp');
const isSet = (name: string): boolean => (process.env[name] ?? '') !== '';
const hasSrtp = isSet('E2E_SECURE_MEDIA');
const hasTls = isSet('E2E_TLS');
const without = (missing: boolean, what: string): string | false => noSipp || (missing && what);

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

const gatewayAt = (uri: string, transport: 'udp' | 'tls'): Gateway => {
  return { host: '127.0.0.1', port: Number(uri.split(':').at(-1)), transport, priority: 1, weight: 1 };
};

/** Why the call through this trunk was not sold, in the words of the timeline. */
async function refusalOf(through: {
  readonly gateways: readonly Gateway[];
  readonly srtp?: 'required';
}): Promise<string> {
  const did = await sut.addCampaign({
    targets: [{ id: 'acme', uri: '', through: { ...through, optionsProbe: null } }],
  });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  await caller.run.ended;
  const { timeline } = await sut.record(caller);
  return timeline.find(({ step }) => step === 'buyer-failed')?.text ?? '';
}

t.test(
  'SRTP that the media server does not have: a sentence, and the fallback',
  { skip: without(hasSrtp, 'it has SRTP') },
  async (t) => {
    const gateways = [gatewayAt('sip:127.0.0.1:9', 'udp')];
    t.match(
      await refusalOf({ gateways, srtp: 'required' }),
      /^acme: 488 .*the media server offers no SRTP.*RINGPOST_FS_SECURE_MEDIA/,
    );
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'TLS that drachtio does not have: a sentence, and the fallback',
  { skip: without(hasTls, 'it has TLS') },
  async (t) => {
    t.match(
      await refusalOf({ gateways: [gatewayAt('sip:127.0.0.1:9', 'tls')] }),
      /^acme: 503 .*transport not available/,
    );
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

const noCall = hasSrtp ? missingProgram('baresip') : 'no SRTP';

t.test('a trunk of SRTP alone: both hear each other', { skip: noSipp || noCall }, async (t) => {
  const buyer = await BaresipRun.start({ toneHz: BUYER_HZ, dial: null, user: DIALLED, isSecure: true });
  t.teardown(() => buyer.stop());
  const through = { gateways: [gatewayAt(buyer.uri, 'udp')], srtp: 'required', optionsProbe: null } as const;
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: '', through }] });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 4_000 });
  t.equal(await caller.hears(BUYER_HZ), true, 'the caller hears what came encrypted');
  await buyer.hears(500);
  t.equal((await caller.run.ended).diagnosis, '');
  t.equal((await sut.record(caller)).call.outcome, 'sold');
  t.same(await sut.settled(), NOTHING_HELD);
});
