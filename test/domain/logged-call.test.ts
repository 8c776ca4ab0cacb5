// What a back-test takes from the trace of a call: who failed, and who could not have had it.
import t from 'tap';
import { advance, receiveCall } from '../../src/domain/calls/call.js';
import { isReplayable, loggedCallOf, refusalsOf } from '../../src/domain/plans/logged-call.js';
import type {
  CandidateOutcome,
  CandidateTrace,
  CheckName,
  DecisionTrace,
} from '../../src/domain/routing/decision-trace.js';

const CALL = receiveCall({
  ...{ callId: 'c', sipCallId: 's', configurationVersion: 1, trunkId: null, callerName: null, startedAt: 0 },
  ...{ callerNumber: '+15125550123', calledNumber: '+12025550100' },
});

function candidate(targetId: string, outcome: CandidateOutcome, refusedBy: CheckName | null = null): CandidateTrace {
  const checks = refusedBy === null ? [] : [{ check: refusedBy, passed: false, values: '', needed: '' }];
  return { targetId, buyerId: 'b', group: 'g', outcome, amountMicros: null, rank: null, checks };
}

function traceOf(...candidates: CandidateTrace[]): DecisionTrace {
  return { configurationVersion: 1, candidates, winnerTargetId: null, summary: '', plan: null };
}

t.test('who was full is kept out of the replay; who was closed by hours or condition is judged anew', (t) => {
  const trace = traceOf(
    candidate('full', 'ineligible', 'cap'),
    candidate('busy', 'ineligible', 'concurrency'),
    candidate('closed', 'ineligible', 'open-now'),
    candidate('elsewhere', 'ineligible', 'condition'),
    candidate('rang', 'failed', 'dial'),
    candidate('won', 'won'),
  );
  t.match(loggedCallOf(CALL, [], refusalsOf(trace)), { failed: ['rang'], barred: ['full', 'busy'], isRouted: true });
  t.end();
});

t.test('who was full in one place of the plan and free in another is not kept out', (t) => {
  const trace = traceOf(candidate('twice', 'ineligible', 'cap'), candidate('twice', 'not-reached'));
  t.same(loggedCallOf(CALL, [], refusalsOf(trace)).barred, []);
  t.end();
});

t.test('a caller who left before anybody had the call says nothing; one who came to the fallback does', (t) => {
  const answered = advance(CALL, 'answered');
  const left = advance(answered, 'ended', { outcome: 'abandoned' });
  const fell = advance(answered, 'ended', { outcome: 'message' });
  t.notOk(isReplayable(loggedCallOf(left, [], refusalsOf(traceOf()))));
  t.notOk(isReplayable(loggedCallOf(fell, [], null)), 'it was never routed');
  t.notOk(isReplayable(loggedCallOf(answered, [], refusalsOf(traceOf()))), 'it is up');
  t.ok(isReplayable(loggedCallOf(fell, [], refusalsOf(traceOf()))));
  t.end();
});
