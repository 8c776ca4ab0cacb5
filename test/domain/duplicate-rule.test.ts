// Duplicates: whose rule holds, whom it keeps out and for how long, and that sentence and decision never differ.
import fc from 'fast-check';
import t from 'tap';
import { type CallerContact, DAY_MS, NO_HISTORY } from '../../src/domain/callers/caller-history.js';
import { type DuplicateRule, duplicateRuleFor } from '../../src/domain/callers/duplicate-rule.js';
import { explainEligibility, isEligible } from '../../src/domain/routing/eligibility.js';
import { staticTarget } from '../support/call-configuration.js';
import { fieldOf } from '../support/call-fixture.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const rule = (changes: Partial<DuplicateRule> = {}): DuplicateRule => {
  return { restrict: 'target', after: 'connected', days: 30, ...changes };
};

function contact(targetId: string, daysAgo: number, isConverted = false, buyerId = `buyer-${targetId}`): CallerContact {
  const at = NOW - daysAgo * DAY_MS;
  return { targetId, buyerId, firstConnectedAt: at, lastConnectedAt: at, lastConvertedAt: isConverted ? at : null };
}

function eligibleIds(
  rules: { readonly campaign?: DuplicateRule; readonly a?: DuplicateRule },
  ...had: CallerContact[]
) {
  const targets = [
    staticTarget('a', 40, { buyerId: 'one', duplicates: rules.a ?? null }),
    staticTarget('b', 30, { buyerId: 'one' }),
    staticTarget('c', 20, { buyerId: 'two' }),
  ];
  const field = fieldOf(targets, { duplicates: rules.campaign ?? null }, { history: { ...NO_HISTORY, contacts: had } });
  return field.plan.planned.filter((planned) => field.isEligible(planned)).map(({ target }) => target.id);
}

t.test('the target says it before the buyer, the buyer before the campaign; a rule of "none" ends the search', (t) => {
  const [campaign, buyer, target] = [rule({ days: 1 }), rule({ days: 2 }), rule({ days: 3 })];
  const of = (duplicates: DuplicateRule | null) => ({ duplicates });
  t.equal(duplicateRuleFor(of(campaign), of(buyer), of(target)), target);
  t.equal(duplicateRuleFor(of(campaign), of(buyer), of(null)), buyer);
  t.equal(duplicateRuleFor(of(campaign), of(null), of(null)), campaign);
  t.equal(duplicateRuleFor(of(campaign), of(buyer), of(rule({ restrict: 'none' }))), null);
  t.equal(duplicateRuleFor(of(null), null, of(null)), null);
  t.end();
});

t.test('a caller whom a target has had goes to another; with a rule of the buyer, to another buyer', (t) => {
  const had = contact('a', 3, false, 'one');
  t.same(eligibleIds({}, had), ['a', 'b', 'c'], 'nobody restricts anything');
  t.same(eligibleIds({ campaign: rule() }, had), ['b', 'c']);
  t.same(eligibleIds({ campaign: rule({ restrict: 'buyer' }) }, had), ['c']);
  t.same(eligibleIds({ campaign: rule(), a: rule({ restrict: 'none' }) }, had), ['a', 'b', 'c']);
  t.end();
});

t.test('after "converted" a call that was not billed is held against nobody', (t) => {
  const campaign = rule({ after: 'converted' });
  t.same(eligibleIds({ campaign }, contact('a', 3, false, 'one')), ['a', 'b', 'c']);
  t.same(eligibleIds({ campaign }, contact('a', 3, true, 'one')), ['b', 'c']);
  t.end();
});

t.test('the last day is within; then the caller may come again, unless it is for ever', (t) => {
  t.same(eligibleIds({ campaign: rule() }, contact('a', 30, false, 'one')), ['b', 'c']);
  t.same(eligibleIds({ campaign: rule() }, contact('a', 30.001, false, 'one')), ['a', 'b', 'c']);
  t.same(eligibleIds({ campaign: rule({ days: null }) }, contact('a', 3_000, false, 'one')), ['b', 'c']);
  t.end();
});

const anyRule = fc.option(
  fc.record({
    restrict: fc.constantFrom('none' as const, 'target' as const, 'buyer' as const),
    after: fc.constantFrom('connected' as const, 'converted' as const),
    days: fc.constantFrom(null, 1, 30),
  }),
);
const anyContact = fc
  .tuple(fc.constantFrom('a', 'b', 'gone'), fc.constantFrom('one', 'two'), fc.nat(60), fc.boolean())
  .map(([targetId, buyerId, daysAgo, isConverted]) => contact(targetId, daysAgo, isConverted, buyerId));

t.test('what the trace says of a duplicate is what was decided, whoever has what rule', (t) => {
  fc.assert(
    fc.property(anyRule, anyRule, fc.array(anyContact, { maxLength: 4 }), (campaign, own, contacts) => {
      const targets = [
        staticTarget('a', 40, { buyerId: 'one', duplicates: own }),
        staticTarget('b', 30, { buyerId: 'two' }),
      ];
      const field = fieldOf(targets, { duplicates: campaign }, { history: { ...NO_HISTORY, contacts } });
      for (const planned of field.plan.planned) {
        const checks = explainEligibility(planned, field.moment, 'USD');
        t.equal(
          isEligible(planned, field.moment),
          checks.every(({ passed }) => passed),
        );
      }
    }),
  );
  t.end();
});
