/**
 * A call to a fax line: the embedded switch refuses it with a sentence; a FreeSWITCH with mod_spandsp receives what its own txfax sends
 * through drachtio to our number, over real SIP and G.711, and it arrives by mail as PDF.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { EventSocketSession } from '../../src/cli/doctor/event-socket-session.js';
import { faxTiff } from '../support/fax-page.js';
import { missingProgram } from '../support/installed-program.js';
import { partsOf, startSmtpServer } from '../support/smtp-server.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';

const server = await startSmtpServer(t);
const sut = await SystemUnderTest.start(undefined, {
  smtp: {
    ...{ host: '127.0.0.1', port: server.port, tls: 'none', user: null, password: null },
    from: { name: 'Faxes', address: 'fax@example.com' },
  },
});
t.teardown(() => sut.close());

const isEmbedded = sut.switch.kind === 'embedded';
const LINE = { mailTo: ['desk@example.org'], stationId: '+1 800 555 0100' };

t.test(
  'the embedded switch refuses a fax line with 488 and a sentence',
  { skip: isEmbedded ? missingProgram('sipp') : 'real servers' },
  async (t) => {
    const did = await sut.addCampaign({ targets: [], fax: LINE });
    const caller = await sut.startCaller('uac-calls-fax-line-expect-488', did);
    t.equal((await caller.run.ended).diagnosis, '');
    const { call } = await sut.record(caller);
    t.match(call, { outcome: 'refused', release: { sipStatus: 488, detail: /receives no faxes: .* mod_spandsp/ } });
    const [fax] = await sut.app.store.faxes.list(1, null);
    t.match(fax, { state: 'failed', callId: call.callId, failure: /receives no faxes/ });
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'a fax of two pages arrives by mail as PDF, with its sender',
  { skip: isEmbedded ? 'needs mod_spandsp' : missingProgram('tiff2pdf') },
  async (t) => {
    const did = await sut.addCampaign({ targets: [], fax: LINE });
    const [media] = sut.switch.mediaServers;
    if (media === undefined) throw new Error('there is no media server');
    const session = await EventSocketSession.open(media.eventSocketHost, media.eventSocketPort, media.password);
    t.teardown(() => session.close());
    const tiff = join(sut.folder, 'sent.tif');
    writeFileSync(tiff, faxTiff(2), { mode: 0o644 });
    const { address, port } = sut.switch.sip;
    const delivered = sut.reached('fax-delivered');
    const variables = `{origination_caller_id_number=+13105550123,fax_ident=3105550123,absolute_codec_string=PCMU}`;
    await session.api(`bgapi originate ${variables}sofia/drachtio_mrf/sip:${did}@${address}:${port} &txfax(${tiff})`);
    await delivered;
    const [fax] = await sut.app.store.faxes.list(1, null);
    t.match(fax, {
      state: 'received',
      pages: 2,
      senderStation: '3105550123',
      callerNumber: '+13105550123',
      isT38: false,
    });
    const details = await sut.app.store.calls.find(fax?.callId ?? '');
    t.match(details?.call, { outcome: 'message', release: { detail: 'fax line; a fax of 2 pages' } });
    t.same(details?.ledger, [], 'nobody pays for it');
    const [head, text, file] = partsOf(server.mails[0]?.raw ?? '');
    t.match(head?.headers, new RegExp(`^Subject: Fax of 2 pages from \\+13105550123 to \\${did}$`, 'm'));
    t.match(text?.body.toString(), /Sender's machine: 3105550123/);
    t.match(file?.headers, /application\/pdf.*fax-[^"]+\.pdf/s);
    t.equal(file?.body.subarray(0, 5).toString(), '%PDF-');
    t.equal(file?.body.toString('latin1').match(/\/Type ?\/Page\b/g)?.length, 2);
    t.same(await sut.settled(), NOTHING_HELD);
  },
);
