/**
 * A call as the API shows it. Times are RFC 3339, durations ms, money whole micro-units. Whoever lacks the scope
 * `calls:read-numbers` gets the caller's number masked everywhere, and no name. Paths of files stay here.
 */
import Type, { type Static, type TSchema } from 'typebox';
import type { CallDetails } from '../../application/ports/call-repository.js';
import type { RecordingFormat } from '../../application/ports/recording-files.js';
import { CALL_OUTCOMES, CALL_STATES, type Call } from '../../domain/calls/call.js';
import { withoutCaller } from '../../domain/calls/mask-caller.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import { FLOW_STATUSES, flowStatusOf } from '../../domain/flows/flow-progress.js';

const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const ID = orNull(Type.String());
const MS = orNull(Type.Number());
const TIME = Type.String({ format: 'date-time' });

export const OUTCOME = Type.Enum([...CALL_OUTCOMES], { description: `one of ${CALL_OUTCOMES.join(', ')}` });
export const STATE = Type.Enum([...CALL_STATES], { description: `one of ${CALL_STATES.join(', ')}` });

const CALL_FIELDS = {
  id: Type.String(),
  state: STATE,
  outcome: orNull(OUTCOME),
  sipCallId: Type.String({ description: 'The Call-ID of the INVITE.' }),
  configurationVersion: Type.Integer(),
  ...{ trunkId: ID, didId: ID, campaignId: ID, sourceId: ID, buyerId: ID, targetId: ID },
  ...{
    planId: ID,
    planVersion: orNull(Type.Integer({ description: 'The version of the plan that the call walked.' })),
  },
  callerNumber: Type.String({ description: 'Masked unless the key has the scope calls:read-numbers.' }),
  calledNumber: Type.String(),
  callerName: orNull(Type.String({ description: 'Null unless the key has the scope calls:read-numbers.' })),
  isCallerPrivate: Type.Boolean({ description: 'The caller asked that his number go no further (RFC 3323).' }),
  verstat: orNull(
    Type.String({ description: "STIR/SHAKEN, in the carrier's own word, such as TN-Validation-Passed-A." }),
  ),
  isRepeat: Type.Boolean({ description: 'The same caller has called the same number before.' }),
  isDuplicate: Type.Boolean({ description: 'The caller has converted in the campaign before, within its period.' }),
  ...{ startedAt: TIME, answeredAt: orNull(TIME), bridgedAt: orNull(TIME), endedAt: orNull(TIME) },
  ...{ holdMs: MS, ringMs: MS, talkMs: Type.Number(), billedMs: Type.Number() },
  priceMicros: orNull(Type.Integer({ description: 'What the buyer owes, in millionths of the currency.' })),
  payoutMicros: orNull(Type.Integer({ description: 'What the source is owed.' })),
  currency: orNull(Type.String()),
  subStatus: orNull(
    Type.Enum([...FLOW_STATUSES], {
      description: 'Where the caller was lost: in the flow, with or without a key pressed.',
    }),
  ),
  flow: orNull(
    Type.Object({
      flowId: Type.String(),
      nodeId: Type.String({ description: 'The last node that the caller reached.' }),
      keysPressed: Type.Integer(),
      answers: Type.Record(Type.String(), Type.String(), { description: 'By tag, without "ivr.".' }),
      endedAt: orNull(TIME),
    }),
  ),
  release: orNull(
    Type.Object({
      by: Type.Enum(['caller', 'buyer', 'system']),
      cause: Type.String(),
      sipStatus: Type.Integer(),
      detail: Type.String(),
    }),
  ),
};

export const CALL = Type.Object(CALL_FIELDS, { title: 'Call' });

const RECORDING = Type.Object(
  {
    id: Type.String(),
    callId: Type.String(),
    kind: Type.Enum(['call', 'voicemail']),
    state: Type.Enum(['recording', 'ready', 'lost']),
    formats: Type.Array(Type.Enum(['wav', 'mp3']), { description: 'Files to which a link can be had.' }),
    startedAt: TIME,
    durationMs: MS,
    channels: Type.Integer({ description: '2: the caller on the left, the buyer on the right.' }),
    levels: Type.Array(Type.Object({ rmsDbfs: MS, peakDbfs: MS })),
    sha256: orNull(Type.String()),
    lostReason: orNull(Type.String()),
  },
  { title: 'Recording' },
);

const STEP = Type.Object({
  atMs: Type.Number({ description: 'Since the INVITE arrived.' }),
  step: Type.String(),
  text: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown()),
});

const open = (title: string) => Type.Object({}, { title, additionalProperties: true });

export const CALL_WITH_DETAILS = Type.Object(
  {
    ...CALL_FIELDS,
    timeline: Type.Array(STEP),
    trace: orNull(open('DecisionTrace')),
    bids: Type.Array(open('Bid')),
    legs: Type.Array(open('Leg')),
    recordings: Type.Array(RECORDING),
    ledger: Type.Array(open('LedgerEntry')),
  },
  { title: 'CallWithDetails' },
);

const time = (at: number): string => new Date(at).toISOString();
const timeOrNull = (at: number | null): string | null => (at === null ? null : time(at));

/** How much of a call a request may see. */
export interface CallView {
  readonly showsNumbers: boolean;
}

function whole(call: Call): Static<typeof CALL> {
  const { callId, release, startedAt, answeredAt, bridgedAt, endedAt, flow, ...rest } = call;
  return {
    id: callId,
    ...rest,
    startedAt: time(startedAt),
    answeredAt: timeOrNull(answeredAt),
    bridgedAt: timeOrNull(bridgedAt),
    endedAt: timeOrNull(endedAt),
    subStatus: endedAt === null ? null : flowStatusOf(flow),
    flow: flow === null ? null : { ...flow, answers: { ...flow.answers }, endedAt: timeOrNull(flow.endedAt) },
    release: release === null ? null : { ...release },
  };
}

export function callResource(call: Call, { showsNumbers }: CallView): Static<typeof CALL> {
  const resource = whole(call);
  return showsNumbers ? resource : { ...withoutCaller(resource, call.callerNumber), callerName: null };
}

export function formatsOf({ state, wavPath, mp3Path }: Recording): RecordingFormat[] {
  if (state !== 'ready') return [];
  return [...(mp3Path === null ? [] : ['mp3' as const]), ...(wavPath === null ? [] : ['wav' as const])];
}

function recordingResource(recording: Recording): Static<typeof RECORDING> {
  const { wavPath: _wav, mp3Path: _mp3, startedAt, levels, ...rest } = recording;
  return {
    ...rest,
    formats: formatsOf(recording),
    startedAt: time(startedAt),
    levels: levels.map((level) => ({ ...level })),
  };
}

const HIDDEN_DATA = new Set(['wavPath', 'mp3Path']);

export function stepResource({ atMs, step, text, data }: TimelineEntry): Static<typeof STEP> {
  const shown = Object.entries(data).filter(([name]) => !HIDDEN_DATA.has(name));
  return { atMs, step, text, data: Object.fromEntries(shown) };
}

export function detailsResource(details: CallDetails, view: CallView): Static<typeof CALL_WITH_DETAILS> {
  const { call, legs, timeline, trace, bids, recordings, ledger } = details;
  const resource = {
    ...callResource(call, view),
    timeline: timeline.map(stepResource),
    trace: trace === null ? null : { ...trace },
    bids: bids.map((bid) => ({ ...bid })),
    legs: legs.map((leg) => ({ ...leg })),
    recordings: recordings.map(recordingResource),
    ledger: ledger.map((entry) => ({ ...entry, at: time(entry.at) })),
  };
  return view.showsNumbers ? resource : withoutCaller(resource, call.callerNumber);
}
