// Whoever may not see the numbers of callers finds them nowhere in what he is told.
import t from 'tap';
import { withoutCaller } from '../../src/domain/calls/mask-caller.js';

t.test('a caller number is masked by itself and inside every text, in each of its forms', async (t) => {
  const told = {
    callerNumber: '+13105550123',
    leg: { remoteUri: 'sip:+13105550123@carrier.example', tags: ['13105550123', '3105550123', '5550123'] },
    talkMs: 3_105_550_123,
    detail: null,
  };
  const masked = withoutCaller(told, told.callerNumber);
  t.same(masked, {
    callerNumber: '+13*******23',
    leg: { remoteUri: 'sip:+1********23@carrier.example', tags: ['1********23', '********23', '5550123'] },
    talkMs: 3_105_550_123,
    detail: null,
  });
});

t.test('a caller without a number is masked where he stands alone, and no word is torn apart', async (t) => {
  const told = { callerNumber: 'anonymous', text: 'an anonymous caller', called: '+12025550100' };
  t.same(withoutCaller(told, 'anonymous'), { ...told, callerNumber: 'ano****us' });
});

t.test('what does not tell the number is handed on as it is', async (t) => {
  const told = { text: 'Acme bids 42.00 USD in 31 ms', data: { amountMicros: 42_000_000, tags: ['3105550124', null] } };
  t.equal(withoutCaller(told, '+13105550123'), told);
});
