/** The desk of a call that nobody serves, for tests of whoever keeps or lists calls. */
import { CallDesk } from '../../src/application/calls/call-desk.js';
import { CallJournal } from '../../src/application/calls/call-journal.js';
import { receiveCall } from '../../src/domain/calls/call.js';
import { CallFixture } from './call-fixture.js';

const NOBODY = { trunkId: null, callerNumber: '', calledNumber: '', callerName: null };

export function idleDesk(): CallDesk {
  const call = receiveCall({ callId: 'c', sipCallId: 's', configurationVersion: 1, startedAt: 0, ...NOBODY });
  return new CallDesk(new CallJournal(new CallFixture().deps, call, 0));
}
