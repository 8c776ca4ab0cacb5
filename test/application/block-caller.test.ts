// A caller whom a flow blocks stands on his campaign's list, also when an admin edits it at the same moment.
import t from 'tap';
import { MemoryConfigurationRepository } from '../../src/adapters/memory/memory-configuration-repository.js';
import { callerBlocker } from '../../src/application/block-caller.js';
import { EMPTY_DOCUMENT } from '../../src/domain/configuration.js';
import type { E164 } from '../../src/domain/phone-number.js';
import { CAMPAIGN } from '../support/call-configuration.js';

const CALLER = '+13105550123' as E164;

t.test('a blocked caller stands on the list once; an edit that came in between is kept', async (t) => {
  const repository = new MemoryConfigurationRepository();
  await repository.apply({ ...EMPTY_DOCUMENT, campaigns: [CAMPAIGN] });
  const alarms: string[] = [];
  const put = repository.put.bind(repository);
  let isEdited = false;
  repository.put = async (document, version) => {
    if (!isEdited) await repository.apply({ ...EMPTY_DOCUMENT, campaigns: [{ ...CAMPAIGN, name: 'Renamed' }] });
    isEdited = true;
    return await put(document, version);
  };
  const block = callerBlocker(repository, { alarm: (_kind, sentence) => void alarms.push(sentence) });
  t.equal(await block(CAMPAIGN.id, CALLER), true);
  t.equal(await block(CAMPAIGN.id, CALLER), true);
  t.match(repository.current().campaigns.get(CAMPAIGN.id), { name: 'Renamed', blockedCallers: [CALLER] });
  t.equal(repository.current().campaigns.get(CAMPAIGN.id)?.blockedCallers.length, 1);
  t.equal(await block('no campaign', CALLER), false);
  t.same(alarms, []);
  repository.put = async () => Promise.reject(new Error('disk full'));
  t.equal(await block(CAMPAIGN.id, '+13105550124' as E164), false);
  t.match(alarms, [/disk full/]);
});
