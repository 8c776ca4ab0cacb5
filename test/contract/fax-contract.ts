/** What every store keeps of faxes. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import type { FaxRepository } from '../../src/application/ports/fax-repository.js';
import type { Fax } from '../../src/domain/calls/fax.js';
import { receivedCall } from './call-samples.js';

interface FaxStore {
  readonly calls: CallRepository;
  readonly faxes: FaxRepository;
}

const FAX: Fax = {
  ...{ id: 'f1', callId: 'c1', didId: 'did-1', campaignId: 'roofing', state: 'receiving', startedAt: 1_000 },
  ...{ callerNumber: '+13105550123', senderStation: '', pages: 0, rate: null, isT38: false },
  ...{ tiffPath: '/recordings/c1-f1.tif', pdfPath: null, failure: null },
};

export async function faxContract(name: string, openStore: (t: Test) => Promise<FaxStore>): Promise<void> {
  await t.test(
    `faxes in ${name}: written and overwritten, the newest first, the unfinished by themselves`,
    async (t) => {
      const { calls, faxes } = await openStore(t);
      await calls.open(receivedCall('c1'));
      t.same(await faxes.list(10, null), []);
      t.equal(await faxes.find('f1'), null);
      for (const id of ['f2', 'f1', 'f3']) await faxes.save({ ...FAX, id });
      const done: Fax = {
        ...{ ...FAX, state: 'received', senderStation: "'; DROP TABLE faxes; --", pages: 2, rate: 14_400, isT38: true },
        pdfPath: '/recordings/c1-f1.pdf',
      };
      await faxes.save(done);
      t.strictSame(await faxes.find('f1'), done);
      const idsOf = (rows: readonly Fax[]): readonly string[] => rows.map(({ id }) => id);
      t.same(idsOf(await faxes.list(2, null)), ['f3', 'f2']);
      t.same(idsOf(await faxes.list(2, 'f2')), ['f1']);
      t.same(idsOf(await faxes.unfinished()), ['f2', 'f3']);
    },
  );
}
