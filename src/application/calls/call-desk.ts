/** What others than its flow may do to a call while it lasts: routes of the API find it through the live calls. One for each call. */
import type { AgentControls } from '../agents/agent-session.js';
import { MonitorDesk } from '../agents/monitor-desk.js';
import type { CallJournal } from './call-journal.js';
import { RecordingSwitch } from './recording-switch.js';

export class CallDesk {
  readonly recording: RecordingSwitch;
  readonly monitors: MonitorDesk;
  /** While an agent has the caller, and until the call is over. */
  agent: AgentControls | null = null;

  constructor(journal: CallJournal) {
    this.recording = new RecordingSwitch(journal);
    this.monitors = new MonitorDesk(journal);
  }
}
