/** OPTIONS to the gateways of a trunk, end to end: one is silent and left out, the other is baresip, which answers them and the call. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import type { Gateway } from '../../src/domain/trunks/trunk.js';
import { BaresipRun } from '../support/baresip-run.js';
import { missingProgram } from '../support/installed-program.js';
import { DIALLED } from './campaign-builder.js';
import { SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ } from './tone-prompts.js';

const skip = missingProgram('sipp') || missingProgram('baresip');

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

const gatewayAt = (port: number, priority: number): Gateway => ({
  host: '127.0.0.1',
  port,
  transport: 'udp',
  priority,
  weight: 1,
});

t.test(
  'a gateway that does not answer OPTIONS is down: an alarm, a metric, and calls go past it',
  { skip },
  async (t) => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    t.teardown(() => silent.close());
    const buyer = await BaresipRun.start({ toneHz: BUYER_HZ, dial: null, user: DIALLED });
    t.teardown(() => buyer.stop());
    const [silentPort, buyerPort] = [silent.address().port, Number(buyer.uri.split(':').at(-1))];
    const alarm = new Promise<string>((resolve) => {
      t.teardown(
        sut.app.events.subscribe({
          alarm: (kind, sentence) => (kind === 'gateway-down' ? resolve(sentence) : undefined),
        }),
      );
    });
    const optionsProbe = { intervalMs: 1_000, timeoutMs: 900, downAfter: 3 };
    const through = { name: 'Carrier', optionsProbe, gateways: [gatewayAt(silentPort, 1), gatewayAt(buyerPort, 2)] };
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: '', through }] });
    const down = `gateway 127.0.0.1:${silentPort} of trunk Carrier is down: no answer to OPTIONS within 900 ms`;
    t.equal(await alarm, down);
    const metrics = await (await fetch(`${sut.app.apiUrl}/metrics`)).text();
    t.match(
      metrics,
      new RegExp(`^ringpost_gateway_up\\{trunk="[^"]+",gateway="127\\.0\\.0\\.1:${silentPort}"\\} 0$`, 'm'),
    );
    t.match(
      metrics,
      new RegExp(`^ringpost_gateway_up\\{trunk="[^"]+",gateway="127\\.0\\.0\\.1:${buyerPort}"\\} 1$`, 'm'),
    );
    const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 3_500 });
    t.equal(await caller.hears(BUYER_HZ), true);
    t.equal((await caller.run.ended).diagnosis, '');
    const { timeline } = await sut.record(caller);
    const dials = timeline.filter(({ step }) => step === 'dialing').map(({ text }) => text);
    t.same(dials, [`INVITE to acme through 127.0.0.1:${buyerPort}`], 'nothing went to the silent one');
  },
);
