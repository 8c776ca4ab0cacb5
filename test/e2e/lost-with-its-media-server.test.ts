/**
 * Calls that die with their FreeSWITCH (row F9): nobody is left to take them, or what the caller hears cannot be begun again. Both far ends get
 * a BYE, what was recorded is kept, and the record says why.
 */
import { once } from 'node:events';
import { statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import type { PhoneCall } from '../../src/embedded/phone/tone-phone.js';
import { whyImmortal } from './mortal-media-server.js';
import { callerHears, hearEachOther, type MovedRig, startMoved, stepsOf } from './moved-rig.js';
import { TONE_PROMPTS } from './tone-prompts.js';

const TOLERANCE_MS = 1_000;
/** One second and a half of 16 bits at 8,000 a second. */
const SPOKEN_BYTES = 24_000;
const ENDED_BY_US = { kind: 'hung-up', by: 'far-end' } as const;
const LOST = { by: 'system', cause: 'NETWORK_OUT_OF_ORDER' } as const;

function nextAnswered({ buyer }: MovedRig): Promise<PhoneCall> {
  return new Promise((resolve) => buyer.phone.onCall(resolve));
}

/** Settles when the file of a recording that has begun holds so many bytes. */
async function hasRecorded({ sut, whileUp }: MovedRig, bytes: number): Promise<void> {
  const { calls } = sut.app.store;
  const [newest] = await calls.list({ limit: 1, before: null });
  const details = await calls.find(newest?.callId ?? '');
  const path = details?.recordings[0]?.wavPath ?? '';
  const changes = watch(dirname(path));
  try {
    while ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < bytes) await whileUp(once(changes, 'change'));
  } finally {
    changes.close();
  }
}

t.test(
  'the only FreeSWITCH is killed and does not come back: both get a BYE, and the record says why',
  { skip: whyImmortal(0) },
  async (t) => {
    const changes = { greetingPromptId: null, recording: 'from-bridge' } as const;
    const rig = await startMoved(t, 0, (uri) => ({ targets: [{ id: 'acme', uri }], changes }));
    const recorded = rig.reached('recording-started');
    const rung = nextAnswered(rig);
    const caller = await rig.call();
    await recorded;
    await hearEachOther(rig);
    await hasRecorded(rig, 2 * SPOKEN_BYTES);
    const bridgedFor = Date.now();
    await rig.servers.kill();
    const ends = await Promise.all([caller.ended, (await rung).ended]);
    const waitedMs = Date.now() - bridgedFor;
    t.same(ends, [ENDED_BY_US, ENDED_BY_US]);
    const { call, recordings, timeline } = await rig.record();
    const detail = 'talked to acme; media server mortal was lost: no other was up to take the call';
    t.match(call, { outcome: 'sold', release: { ...LOST, detail } });
    const [bridged] = timeline.filter(({ step }) => step === 'bridged');
    const [parted] = timeline.filter(({ step }) => step === 'unbridged');
    const apartMs = (parted?.atMs ?? 0) - (bridged?.atMs ?? 0);
    t.ok(
      Math.abs(apartMs - call.talkMs - waitedMs) < TOLERANCE_MS,
      `${call.talkMs} ms of talk, ${waitedMs} ms of silence are not billed`,
    );
    t.match(recordings, [{ state: 'ready' }], 'what was recorded is kept');
  },
);

t.test(
  'killed while the caller leaves a message: he gets a BYE, and what he said is kept',
  { skip: whyImmortal(1) },
  async (t) => {
    const fallback = [{ kind: 'voicemail', greetingPromptId: 'voicemail-greeting', limitMs: 60_000 }] as const;
    const rig = await startMoved(t, 1, () => ({ targets: [], changes: { greetingPromptId: null, fallback } }));
    const invited = rig.reached('voicemail');
    const caller = await rig.call();
    await callerHears(rig, TONE_PROMPTS['voicemail-greeting'].hz);
    await invited;
    await hasRecorded(rig, SPOKEN_BYTES);
    await rig.servers.kill();
    t.same(await caller.ended, ENDED_BY_US);
    const { call, recordings } = await rig.record();
    const detail =
      /voicemail, cut off; media server mortal was lost: what the caller heard or said cannot be begun again/;
    t.match(call, { outcome: 'voicemail', release: { ...LOST, detail } });
    t.match(recordings, [{ kind: 'voicemail', state: 'ready', channels: 1 }]);
    t.ok((recordings[0]?.durationMs ?? 0) >= 1_400, `${recordings[0]?.durationMs} ms of the message`);
  },
);

t.test(
  'killed while the caller hears the ending message: the talk is billed as it was, and he gets a BYE',
  { skip: whyImmortal(1) },
  async (t) => {
    const rig = await startMoved(t, 1, (uri) => ({
      targets: [{ id: 'acme', uri }],
      changes: { greetingPromptId: null, endingPromptId: 'long-greeting' },
    }));
    const rung = nextAnswered(rig);
    const caller = await rig.call();
    const buyer = await rig.whileUp(rung);
    await hearEachOther(rig);
    buyer.hangup();
    await callerHears(rig, TONE_PROMPTS['long-greeting'].hz);
    await rig.servers.kill();
    t.same(await caller.ended, ENDED_BY_US);
    const details = await rig.record();
    t.match(details.call, { outcome: 'sold', release: { by: 'buyer', detail: 'talked to acme; the buyer hung up' } });
    t.match(stepsOf(details, 'ending').at(-1)?.text, /the ending message was cut off: media server mortal was lost/);
  },
);
