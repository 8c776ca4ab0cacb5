// What an admin reads before he publishes a draft.
import t from 'tap';
import { diffOfPlans } from '../../src/domain/plans/plan-diff.js';
import { group, linkTo, planOf, tagIs, targetNode } from './plan-samples.js';

t.test('each node that comes, goes, moves or changes is named once, and what stays is not', (t) => {
  const texas = group('texas', 'auction', ['alpha', 'beta']);
  const before = planOf(group('all', 'sequential', [texas, 'gamma', linkTo('other')]));
  const inside = group('texas', 'priority', [targetNode('alpha', { weight: 3 }), 'delta'], {
    condition: tagIs('caller.state', 'TX'),
  });
  const after = {
    ...planOf(group('all', 'sequential', ['gamma', group('day', 'sequential', [inside])])),
    name: 'Main',
  };
  t.same(
    diffOfPlans(before, after).map(({ kind, sentence }) => `${kind}: ${sentence}`),
    [
      'changed: plan main: name was "main", is "Main"',
      'removed: target beta in group texas is removed',
      'removed: plan other in group all is removed',
      'added: group day is added',
      `changed: group texas: condition was nothing, is ${JSON.stringify(tagIs('caller.state', 'TX'))}`,
      'changed: group texas: strategy was "auction", is "priority"',
      'moved: group texas moves from group all to group day',
      'changed: target alpha in group texas: weight was nothing, is 3',
      'added: target delta in group texas is added',
    ],
  );
  t.same(diffOfPlans(before, before), []);
  t.equal(
    diffOfPlans(null, before).every(({ kind }) => kind === 'added'),
    true,
  );
  t.end();
});
