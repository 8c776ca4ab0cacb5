// Lists of callers: who is found on them, what goes before what, and that a look-up says what a scan of the whole list says.
import fc from 'fast-check';
import t from 'tap';
import {
  type CallerListEntry,
  CallerListIndex,
  entryKey,
  isAllowed,
  isBlocked,
  whyBuyerRefuses,
  whyKeptOut,
} from '../../src/domain/callers/caller-list.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const CALLER = '+15125550123';
const CAMPAIGN = { id: 'roofing', blockedCallers: [] };

let lastId = 0;
function entry(changes: Partial<CallerListEntry> = {}): CallerListEntry {
  lastId += 1;
  return {
    ...{ id: `e${lastId}`, kind: 'block', level: 'account', subjectId: '', caller: CALLER, reason: 'spam' },
    ...{ addedBy: 'ops', addedAt: NOW - 60_000, expiresAt: null },
    ...changes,
  };
}

function listed(...entries: CallerListEntry[]) {
  const index = new CallerListIndex();
  for (const each of entries) index.put(each);
  return { callerNumber: CALLER, entries: index.matching(CALLER, NOW) };
}

t.test('an entry says who put it in, when, why and until when', (t) => {
  const sentence = whyKeptOut(CAMPAIGN, listed(entry({ expiresAt: NOW + 3_600_000 })));
  t.equal(sentence, 'blocked by the list of the account: spam (ops, 2026-11-23 11:59 UTC, until 2026-11-23 13:00 UTC)');
  t.equal(whyKeptOut(CAMPAIGN, listed(entry({ expiresAt: NOW }))), null, 'it has ended');
  t.end();
});

t.test('what the campaign says goes before the account, and to allow before to block on one level', (t) => {
  const ofCampaign = { level: 'campaign', subjectId: 'roofing' } as const;
  const allow = { kind: 'allow' } as const;
  t.match(whyKeptOut(CAMPAIGN, listed(entry(), entry({ ...ofCampaign, caller: '+1512*' }))), /list of the campaign/);
  t.equal(whyKeptOut(CAMPAIGN, listed(entry(), entry({ ...ofCampaign, ...allow }))), null);
  t.equal(whyKeptOut(CAMPAIGN, listed(entry({ caller: '+1*' }), entry(allow))), null);
  t.match(whyKeptOut(CAMPAIGN, listed(entry(ofCampaign), entry(allow))), /list of the campaign/);
  t.equal(whyKeptOut(CAMPAIGN, listed(entry({ level: 'campaign', subjectId: 'windows' }))), null, "another one's list");
  const own = { ...CAMPAIGN, blockedCallers: ['+1512*'] };
  t.match(whyKeptOut(own, listed()), /blockedCallers of the campaign/);
  t.equal(whyKeptOut(own, listed(entry({ ...ofCampaign, ...allow }))), null);
  t.ok(isAllowed(CAMPAIGN, listed(entry(allow))));
  t.notOk(isAllowed(CAMPAIGN, listed()));
  t.end();
});

t.test("a buyer's list keeps the caller from that buyer alone", (t) => {
  const onList = listed(entry({ level: 'buyer', subjectId: 'acme', reason: '' }));
  t.match(whyBuyerRefuses({ id: 'acme', blockedCallers: [] }, onList), /^blocked by the list of the buyer \(ops/);
  t.equal(whyBuyerRefuses({ id: 'best', blockedCallers: [] }, onList), null);
  t.match(whyBuyerRefuses({ id: 'best', blockedCallers: [CALLER] }, listed()), /blockedCallers of the buyer/);
  t.equal(whyKeptOut(CAMPAIGN, onList), null);
  t.end();
});

const anyNumber = fc.stringMatching(/^\+1[23]{2,4}$/);
const anyPattern = fc.tuple(anyNumber, fc.boolean()).map(([number, isPrefix]) => (isPrefix ? `${number}*` : number));
const matches = (pattern: string, number: string): boolean =>
  pattern.endsWith('*') ? number.startsWith(pattern.slice(0, -1)) : pattern === number;

t.test('a look-up finds what a scan of the list finds, however entries came and went', (t) => {
  const anyEdit = fc.record({
    caller: anyPattern,
    kind: fc.constantFrom('block' as const, 'allow' as const),
    isRemoved: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anyEdit, { maxLength: 25 }), anyNumber, (edits, number) => {
      const index = new CallerListIndex();
      let kept: CallerListEntry[] = [];
      for (const { caller, kind, isRemoved } of edits) {
        const each = entry({ caller, kind });
        index.put(each);
        kept = [...kept.filter((other) => entryKey(other) !== entryKey(each)), each];
        if (!isRemoved) continue;
        const [first] = kept;
        if (first !== undefined) index.remove(first.id);
        kept = kept.slice(1);
      }
      const idsOf = (entries: readonly CallerListEntry[]): readonly string[] => entries.map(({ id }) => id).sort();
      t.same(idsOf(index.matching(number, NOW)), idsOf(kept.filter(({ caller }) => matches(caller, number))));
      t.same(idsOf(index.all()), idsOf(kept));
    }),
  );
  t.end();
});

t.test('numbers and beginnings of numbers in the configuration are what a scan makes of them', (t) => {
  fc.assert(
    fc.property(fc.array(anyPattern, { maxLength: 8 }), anyNumber, (patterns, number) => {
      t.equal(
        isBlocked(patterns, number),
        patterns.some((pattern) => matches(pattern, number)),
      );
    }),
  );
  t.end();
});
