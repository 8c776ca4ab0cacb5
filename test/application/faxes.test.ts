// A fax line on scripted ports: what is received, mailed, refused or failed, and that nothing of the campaign's flow is run.
import fc from 'fast-check';
import t from 'tap';
import { DueDeliveries } from '../../src/application/calls/deliver-due.js';
import type { Mail, MailOutcome } from '../../src/application/ports/mails.js';
import { type FaxResult, stationOf, whyFaxFailed } from '../../src/domain/calls/fax.js';
import { DID } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const ROW = {
  id: 'did',
  number: DID,
  campaignId: 'campaign',
  sourceId: 'source',
  isActive: true,
  pause: null,
  tags: {},
};
const LINE = { ...ROW, fax: { mailTo: ['desk@example.org'], stationId: '18005550100' } };
const RESULT: FaxResult = {
  ...{ isReceived: true, pages: 3, senderStation: '1 310 555 0123', code: 0, text: 'OK', rate: 14_400, isT38: false },
};

interface Sent {
  readonly fixture: CallFixture;
  readonly treatment: unknown;
}

/** A machine that sends, and hangs up. */
async function faxOf(
  result: FaxResult | null,
  prepare: (fixture: CallFixture) => void = () => undefined,
): Promise<Sent> {
  const fixture = new CallFixture({ document: { dids: [LINE] } });
  prepare(fixture);
  fixture.telephony.onAnswered((leg) => Object.assign(leg, { fax: result }));
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(30_000);
  caller.end();
  await done;
  await fixture.live.whenFollowed();
  return { fixture, treatment: call.treatment };
}

async function mailed(fixture: CallFixture): Promise<readonly Mail[]> {
  const mails: Mail[] = [];
  const send = async (mail: Mail): Promise<MailOutcome> => {
    mails.push(mail);
    return { kind: 'taken', refused: [] };
  };
  const webhooks = { send: async () => ({ kind: 'failed', detail: 'none is expected' }) as const };
  const deps = { ...fixture.deps, deliveries: fixture.calls.deliveries, webhooks, mails: { send } };
  await new DueDeliveries(deps).deliverDue();
  return mails;
}

t.test('a fax is kept with its pages and its sender, and mailed as PDF; nobody is rung and nobody pays', async (t) => {
  const { fixture, treatment } = await faxOf(RESULT);
  t.match(treatment, { needsFax: true, greetingPath: null, consentPath: null, recordPath: null, flowWaitMs: 4_000 });
  const [fax] = await fixture.faxes.list(10, null);
  const { call, ledger, bids, trace } = await fixture.stored();
  t.match(fax, {
    ...{ callId: call.callId, didId: 'did', state: 'received', pages: 3, rate: 14_400, failure: null },
    ...{ callerNumber: '+13105550123', senderStation: '1 310 555 0123' },
    tiffPath: `/recordings/${call.callId}-${fax?.id}.tif`,
    pdfPath: `/recordings/${call.callId}-${fax?.id}.pdf`,
  });
  t.match(call, { outcome: 'message', release: { by: 'caller', detail: 'fax line; a fax of 3 pages' } });
  t.same([ledger, bids, trace], [[], [], null]);
  const [mail] = await mailed(fixture);
  t.match(mail, {
    ...{ id: fax?.id, to: ['desk@example.org'], subject: `Fax of 3 pages from +13105550123 to ${DID}` },
    attachments: [{ filePath: fax?.pdfPath, name: `fax-${fax?.id}.pdf`, mediaType: 'application/pdf' }],
  });
  const steps = (await fixture.stored()).timeline.map(({ step }) => step);
  t.same(steps.slice(0, 4), ['received', 'admitted', 'answered', 'fax']);
  t.same(steps.slice(-2), ['fax-received', 'fax-delivered']);
});

t.test('a fax that fails is kept with its reason, and nothing is mailed', async (t) => {
  const broken = { ...RESULT, isReceived: false, pages: 1, code: 48, text: 'Disconnected after permitted retries' };
  const rows = [
    [broken, () => undefined, /failed after 1 page: Disconnected after permitted retries \(48\)/],
    [{ ...RESULT, pages: 0 }, () => undefined, /the fax has no page/],
    [null, () => undefined, /left, or the media server was lost/],
    [
      RESULT,
      (fixture: CallFixture) =>
        Object.assign(fixture, { pdf: () => ({ kind: 'failed', reason: 'no PDF: tiff2pdf is gone' }) }),
      /no PDF/,
    ],
  ] as const;
  for (const [result, prepare, reason] of rows) {
    const { fixture } = await faxOf(result, prepare);
    const [fax] = await fixture.faxes.list(10, null);
    t.match(fax, { state: 'failed', failure: reason, pdfPath: null });
    t.match((await fixture.stored()).timeline.at(-1), { step: 'fax-failed', text: reason });
    t.same(await mailed(fixture), []);
  }
});

t.test(
  'without a media server that receives faxes the call is refused with 488, and the record says why',
  async (t) => {
    const fixture = new CallFixture({ document: { dids: [LINE] } });
    const { call, done } = fixture.invite();
    const detail = 'media server embedded receives no faxes: it is not a FreeSWITCH with mod_spandsp';
    call.answerOutcome = { kind: 'no-media', sipStatus: 488, detail };
    await done;
    t.equal(call.rejectedWith, 488);
    const { call: record } = await fixture.stored();
    t.match(record, { outcome: 'refused', release: { sipStatus: 488, cause: 'INCOMPATIBLE_DESTINATION', detail } });
    t.match(await fixture.faxes.list(1, null), [{ state: 'failed', failure: detail }]);
    t.match(fixture.alarms, [/fax-refused: DID .*mod_spandsp/]);
    t.same(fixture.telephony.log, []);
  },
);

t.test('a fax whose process died after the call is finished from its file by the next one', async (t) => {
  const { fixture } = await faxOf(RESULT);
  const [fax] = await fixture.faxes.list(1, null);
  if (fax === undefined) throw new Error('there is a fax');
  await fixture.faxes.save({ ...fax, state: 'receiving', pdfPath: null });
  const next = nextProcess(fixture, 1_000, { document: { dids: [LINE] } });
  await adopt(fixture, next);
  await next.live.whenFollowed();
  t.match(await next.faxes.find(fax.id), { state: 'received', pdfPath: fax.pdfPath });
});

t.test('killed during a fax: it is finished and mailed when its sender has hung up, with pages unknown', async (t) => {
  const first = new CallFixture({ document: { dids: [LINE] } });
  const { call } = first.invite();
  await call.answeredLeg.promise;
  await first.clock.advance(10_000);
  const { caller } = await killed(first);
  const next = nextProcess(first, 1_000, { document: { dids: [LINE] } });
  next.telephony.survivors.carry(caller, { application: 'rxfax' });
  t.match(await adopt(first, next), { counts: { finishing: 1 } });
  t.match(await next.faxes.list(2, null), [{ state: 'receiving' }]);
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  await next.live.whenFollowed();
  t.match(await next.faxes.list(2, null), [{ state: 'received', pages: 0 }]);
  t.match((await next.stored()).call, { outcome: 'message', release: { by: 'caller', detail: /fax line/ } });
  t.match(await mailed(next), [{ subject: `Fax from +13105550123 to ${DID}`, text: /^Pages: unknown$/m }]);
  t.same(next.leftovers(), []);
});

t.test('whatever a machine calls itself is twenty printable characters at most', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => /^[\x20-\x7e]{0,20}$/.test(stationOf(text))),
    { numRuns: 100 },
  );
  t.equal(stationOf(' +1 310 555 0123\r\n'), '+1 310 555 0123');
  t.equal(whyFaxFailed(RESULT), null);
});
