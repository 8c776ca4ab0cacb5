/**
 * Voicemails on their way to the webhook and the mail addresses of their campaign: what is owed is written with the end of the call, what
 * is sent is made here. Called by the fallback chain and by deliver-due.ts.
 */
import type { Call } from '../../domain/calls/call.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { CallFrame } from './call-context.js';
import { type DeliveryDependencies, mailVerdict, type Verdict } from './delivery-attempt.js';

const WEBHOOK_MS = 30_000;
const MAIL_MS = 60_000;

/** Written with the end of the call; nothing when the campaign names nobody. */
export function deliverLater({ journal, deps }: CallFrame, campaign: Campaign | null, recordingId: string): void {
  if (campaign === null) return;
  const { callId } = journal.call;
  const first = { state: 'waiting', attempts: 0, dueAt: deps.clock.wallMs(), detail: null } as const;
  const owed = { itemId: recordingId, item: 'voicemail', callId, campaignId: campaign.id, ...first } as const;
  if (campaign.voicemailWebhook !== null) journal.deliver({ ...owed, way: 'webhook' });
  if (campaign.voicemailMail.length > 0) journal.deliver({ ...owed, way: 'mail' });
}

interface Voicemail {
  readonly recording: Recording;
  readonly filePath: string;
  readonly call: Call;
  readonly campaign: Campaign;
}

const numberOf = (call: Call): string => (call.isCallerPrivate ? 'anonymous' : call.callerNumber);

async function sendToWebhook(deps: DeliveryDependencies, voicemail: Voicemail): Promise<Verdict> {
  const { recording, filePath, call, campaign } = voicemail;
  if (campaign.voicemailWebhook === null) return { kind: 'moot', sentence: 'the campaign has no webhook any more' };
  const { url, secret } = campaign.voicemailWebhook;
  const outcome = await deps.webhooks.send({
    ...{ url, secret, id: recording.id, event: 'voicemail', filePath, timeoutMs: WEBHOOK_MS },
    fields: {
      callId: call.callId,
      campaignId: campaign.id,
      callerNumber: numberOf(call),
      calledNumber: call.calledNumber,
      startedAt: new Date(call.startedAt).toISOString(),
      durationMs: recording.durationMs,
    },
  });
  const { host } = new URL(url);
  if (outcome.kind === 'taken') return { kind: 'delivered', sentence: `the voicemail was delivered to ${host}` };
  return { kind: 'failed', sentence: `the voicemail was not taken by ${host}: ${outcome.detail}` };
}

async function mailIt(deps: DeliveryDependencies, voicemail: Voicemail): Promise<Verdict> {
  const { recording, filePath, call, campaign } = voicemail;
  const to = campaign.voicemailMail;
  if (to.length === 0) return { kind: 'moot', sentence: 'the campaign has no mail address any more' };
  const seconds = recording.durationMs === null ? 'unknown' : `${Math.round(recording.durationMs / 1_000)} s`;
  const isMp3 = filePath.endsWith('.mp3');
  const outcome = await deps.mails.send({
    ...{ id: recording.id, to, timeoutMs: MAIL_MS },
    subject: `Voicemail from ${numberOf(call)} for ${campaign.name}`,
    text: [
      `Caller: ${numberOf(call)}`,
      `Called: ${call.calledNumber}`,
      `Campaign: ${campaign.name}`,
      `Time: ${new Date(call.startedAt).toISOString()}`,
      `Length: ${seconds}`,
      `Call: ${call.callId}`,
    ].join('\n'),
    attachments: [
      {
        ...{ filePath, name: `voicemail-${recording.id}.${isMp3 ? 'mp3' : 'wav'}` },
        mediaType: isMp3 ? 'audio/mpeg' : 'audio/wav',
      },
    ],
  });
  return mailVerdict('the voicemail', to, outcome);
}

/** One attempt at a voicemail. */
export async function attemptVoicemail(deps: DeliveryDependencies, delivery: Delivery): Promise<Verdict> {
  const { calls, configuration } = deps;
  const recording = await calls.findRecording(delivery.itemId);
  if (recording === null || recording.state === 'lost') {
    return { kind: 'moot', sentence: recording?.lostReason ?? 'there is no such recording' };
  }
  if (recording.state === 'recording') return { kind: 'not-yet' };
  const campaign = configuration.current().campaigns.get(delivery.campaignId) ?? null;
  if (campaign === null) return { kind: 'moot', sentence: 'there is no such campaign any more' };
  const filePath = recording.mp3Path ?? recording.wavPath;
  const found = await calls.find(recording.callId);
  if (filePath === null || found === null) return { kind: 'moot', sentence: 'the recording has no file any more' };
  const voicemail = { recording, filePath, call: found.call, campaign };
  return delivery.way === 'mail' ? await mailIt(deps, voicemail) : await sendToWebhook(deps, voicemail);
}
