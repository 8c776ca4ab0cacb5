/** What the verbs of the flow need, as the composition root hands it to them. */

import type { CallerGaps } from '../callers/caller-gaps.js';
import type { CallerLists } from '../callers/caller-lists.js';
import type { WaitingLines } from '../flows/waiting-line.js';
import type { ShadowDesk } from '../plans/shadow-desk.js';
import type { Bidders } from '../ports/bidders.js';
import type { CallEvents } from '../ports/call-events.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { CallerHistories } from '../ports/caller-histories.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationReader } from '../ports/configuration-repository.js';
import type { FaxFiles } from '../ports/fax-files.js';
import type { FaxRepository } from '../ports/fax-repository.js';
import type { FlowRequests } from '../ports/flow-requests.js';
import type { IdSource } from '../ports/id-source.js';
import type { NumberingPlan } from '../ports/numbering-plan.js';
import type { PingReservations } from '../ports/ping-reservations.js';
import type { PromptLibrary } from '../ports/prompt-library.js';
import type { RecordingStore } from '../ports/recording-store.js';
import type { SlotCounter } from '../ports/slot-counter.js';
import type { SpeechInput } from '../ports/speech-input.js';
import type { Telephony } from '../ports/telephony.js';
import type { TrunkFinder } from '../ports/trunk-finder.js';
import type { CallPace } from '../sale/call-pace.js';
import type { CapCounter } from '../sale/cap-counter.js';
import type { GatewayHealth } from '../sale/gateway-health.js';
import type { KeptAnswers } from '../sale/kept-answers.js';
import type { PlanRecords } from '../sale/plan-records.js';

export interface CallLimits {
  /** Calls at once on this node. */
  readonly maxCalls: number;
  /** Silence from a far end after which its leg is ended, in ms. */
  readonly mediaTimeoutMs: number;
  /** How long a caller stays on hold music after the flow should have fetched him, in ms; covers a restart of the app. */
  readonly holdGraceMs: number;
}

export interface CallDependencies {
  readonly telephony: Telephony;
  readonly pace: CallPace;
  readonly gateways: Pick<GatewayHealth, 'isUp' | 'hasAnswered'>;
  readonly configuration: ConfigurationReader;
  readonly calls: CallRepository;
  readonly callerHistories: CallerHistories;
  readonly callerLists: CallerLists;
  readonly callerGaps: CallerGaps;
  readonly reservations: PingReservations;
  readonly slots: SlotCounter;
  readonly caps: CapCounter;
  readonly planRecords: PlanRecords;
  readonly shadows: Pick<ShadowDesk, 'watching'>;
  readonly bidders: Bidders;
  readonly keptAnswers: KeptAnswers;
  readonly flowRequests: FlowRequests;
  /** Null: callers are asked for keys alone. */
  readonly speech: SpeechInput | null;
  readonly lines: WaitingLines;
  readonly prompts: PromptLibrary;
  readonly recordings: RecordingStore;
  readonly faxes: FaxRepository;
  readonly faxFiles: Pick<FaxFiles, 'toPdf'>;
  readonly numbers: NumberingPlan;
  readonly trunks: TrunkFinder;
  readonly events: CallEvents;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Numbers from 0 to 1, exclusive. */
  readonly random: () => number;
  readonly limits: CallLimits;
}
