/**
 * What the media servers carry, asked over their event sockets: `show channels` names the channels, `uuid_dump` says what each is, and
 * `uuid_buglist` into which files it records. Called at the start, and whenever somebody wants to compare.
 */
import type { Survey, SurvivingChannel } from '../../../application/ports/survey.js';
import { messageOf } from '../deadline.js';
import { isPartOf } from '../legs/leg-recordings.js';
import type { TelephonyContext } from '../telephony-context.js';
import { command } from './event-socket-command.js';
import type { EventSocketLink } from './event-socket-link.js';

/** The list of a thousand channels has several hundred kilobytes. */
const LIST_LIMIT_MS = 10_000;
const CHANNEL_ID_FORM = /^[A-Za-z0-9_.:@-]{1,128}$/;

/** Never rejects. */
export async function surveyChannels(context: TelephonyContext): Promise<Survey> {
  const channels = new Map<string, SurvivingChannel>();
  const unreachable: string[] = [];
  const servers = context.mediaServers.all.map(async (server) => {
    try {
      for (const channel of await channelsOf(server)) channels.set(channel.channelId, channel);
    } catch (error) {
      context.log.warn({ mediaServer: server.name, detail: messageOf(error) }, 'a media server could not be surveyed');
      unreachable.push(server.name);
    }
  });
  await Promise.all(servers);
  return { channels, unreachable };
}

async function channelsOf(server: EventSocketLink): Promise<SurvivingChannel[]> {
  const list = readJson(await server.api(command('show', 'channels', 'as', 'json'), LIST_LIMIT_MS));
  const rows = Array.isArray(list.rows) ? list.rows.filter(isFields) : [];
  const ids = rows
    .map(({ uuid }) => uuid)
    .filter((id): id is string => typeof id === 'string' && CHANNEL_ID_FORM.test(id));
  const found: SurvivingChannel[] = [];
  // One after the other: the socket answers in order anyway, and events find room in between.
  for (const id of ids) {
    const channel = await readChannel(server, id);
    if (channel !== null) found.push(channel);
  }
  return found;
}

/** Null when it has ended meanwhile. */
async function readChannel(server: EventSocketLink, id: string): Promise<SurvivingChannel | null> {
  const [dump, bugs] = await Promise.all([askFor(server, 'uuid_dump', id, 'json'), askFor(server, 'uuid_buglist', id)]);
  if (dump === null) return null;
  const fields = readJson(dump);
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  const role = text('variable_ringpost_role');
  return {
    channelId: id,
    mediaServer: server.name,
    isAnswered: text('Answer-State') === 'answered',
    bridgedTo: text('variable_signal_bond') || null,
    callId: text('variable_ringpost_call_id') || null,
    role: role === 'caller' || role === 'buyer' ? role : null,
    answeredAtMs: millisecondsOf(text('Caller-Channel-Answered-Time')),
    bridgedAtMs: millisecondsOf(text('Caller-Channel-Bridged-Time')),
    application: text('variable_current_application'),
    recordingPaths: [...readRecordingPaths(bugs ?? ''), ...voicemailOf(text)],
  };
}

/** Null on `-ERR`, which here means that the channel is no more; a link that is lost rejects. */
async function askFor(server: EventSocketLink, name: string, ...words: readonly string[]): Promise<string | null> {
  try {
    return await server.api(command(name, ...words));
  } catch (error) {
    if (server.isUp && error instanceof Error && error.name === 'CommandFailedError') return null;
    throw error;
  }
}

/** The file into which this channel records now what belongs to `path`; null for none. Rejects as EventSocketLink.api does. */
export async function recordingFileOf(
  server: EventSocketLink,
  channelId: string,
  path: string,
): Promise<string | null> {
  const channel = await readChannel(server, channelId);
  return channel?.recordingPaths.find((file) => isPartOf(path, file)) ?? null;
}

/** `<function>session_record</function><target>FILE</target>` for each recording. */
export function readRecordingPaths(bugs: string): string[] {
  const matches = bugs.matchAll(/<function>session_record<\/function>\s*<target>([^<]*)<\/target>/g);
  return [...matches].map(([, path = '']) => path).filter((path) => path !== '');
}

/** The application `record` taps nothing, so that `uuid_buglist` does not show it. */
function voicemailOf(text: (name: string) => string): string[] {
  const path = text('variable_ringpost_voicemail_file');
  return path !== '' && text('variable_current_application') === 'record' ? [path] : [];
}

/** FreeSWITCH counts microseconds; 0 is never. */
function millisecondsOf(microseconds: string): number | null {
  const value = Number(microseconds);
  return Number.isFinite(value) && value > 0 ? Math.floor(value / 1_000) : null;
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (!isFields(value)) throw new TypeError('the answer is no JSON object');
  return value;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
