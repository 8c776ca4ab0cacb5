/**
 * Whether FreeSWITCH and we see the same two folders: a short tone is written into the prompt folder, and one call of the doctor's own
 * tone phone to the profile, past drachtio, has it played and records into the recording folder. What the phone hears and what lies in
 * the folder afterwards are the proof. Everything that was written is removed again.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, MediaServerConfig } from '../../config/config-shape.js';
import { formatHostAndPort } from '../../config/network-address.js';
import { SineSum } from '../../embedded/media/tone.js';
import { TonePhoneMedia } from '../../embedded/media/tone-phone-media.js';
import { WAV_HEADER_BYTES, wavHeader } from '../../embedded/media/wav-format.js';
import { TonePhone } from '../../embedded/phone/tone-phone.js';
import { sentenceOf } from './finding.js';
import { within } from './within.js';

export interface FolderProbe {
  /** Why the call did not come about, as a sentence: then nothing is known of the folders. Null when it was answered. */
  readonly callFault: string | null;
  /** Null when the tone was heard, else a sentence. */
  readonly promptFault: string | null;
  /** Null when the recording lies in our folder, else a sentence. */
  readonly recordingFault: string | null;
}

export interface FolderProbeOptions {
  readonly server: MediaServerConfig;
  /** Ours, on the network of the server. */
  readonly localAddress: string;
  readonly files: Config['files'];
}

const TONE_HZ = 1_130;
const PHONE_HZ = 440;
const SAMPLE_RATE = 8_000;
const TONE_MS = 800;
const ANSWER_MS = 1_800;
const HEAR_MS = 1_400;
const FILE_MS = 1_200;
const LOOK_MS = 50;

async function writeTone(path: string): Promise<void> {
  const samples = new Int16Array((TONE_MS * SAMPLE_RATE) / 1_000);
  new SineSum([TONE_HZ], -10).fill(samples, 0, samples.length);
  const data = Buffer.from(samples.buffer);
  await writeFile(path, Buffer.concat([wavHeader(1, SAMPLE_RATE, data.length), data]), { mode: 0o640 });
}

function whyUnread(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'FreeSWITCH made no file that we see';
  if (code === 'EACCES') return 'FreeSWITCH made a file that we may not read';
  return sentenceOf(error);
}

/** Null once the file holds more than a header, else why it does not; it is complete some time after the BYE. */
async function fileFault(path: string): Promise<string | null> {
  const last = performance.now() + FILE_MS;
  for (;;) {
    const file = await readFile(path).catch((error: unknown) => error);
    if (file instanceof Buffer && file.length > WAV_HEADER_BYTES) return null;
    if (performance.now() > last) return file instanceof Buffer ? 'it is empty' : whyUnread(file);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Null when it happened within the limit, else the sentence. */
async function faultOf(limitMs: number, what: string, work: Promise<unknown>): Promise<string | null> {
  try {
    await within(limitMs, what, work);
    return null;
  } catch (error) {
    return sentenceOf(error);
  }
}

interface ProbeFiles {
  readonly tone: string;
  readonly recording: string;
}

async function placeCall(options: FolderProbeOptions, files: ProbeFiles): Promise<FolderProbe> {
  const { localAddress: address, server } = options;
  const opened: TonePhoneMedia[] = [];
  const phone = await TonePhone.start({
    name: 'doctor',
    address,
    port: 0,
    transport: 'udp',
    manner: { kind: 'refuse', status: 480 },
    media: async () => {
      const media = await TonePhoneMedia.open({ address, toneHz: PHONE_HZ });
      opened.push(media);
      return media;
    },
  });
  try {
    const call = await phone.call(`sip:caller@${formatHostAndPort(server.sip)}`, 'doctor', {
      'X-Ringpost-Call-Id': 'doctor',
      'X-Ringpost-Silence-Ms': '60',
      'X-Ringpost-Greeting': files.tone,
      'X-Ringpost-Record': files.recording,
    });
    const refused = await faultOf(ANSWER_MS, 'the answer of the SIP profile', call.answered);
    if (refused !== null || call.isOver) {
      const end = call.isOver ? await call.ended : null;
      const sentence = end?.kind === 'refused' ? `the SIP profile refuses a call with ${end.status}` : (refused ?? '');
      call.hangup();
      return { callFault: sentence, promptFault: null, recordingFault: null };
    }
    const heard = opened[0]?.hears(TONE_HZ) ?? Promise.resolve();
    const promptFault = await faultOf(HEAR_MS, 'waiting for the tone', heard);
    call.hangup();
    const recordingFault = await fileFault(files.recording);
    return {
      callFault: null,
      promptFault: promptFault === null ? null : 'a tone that we wrote there was not played to a call',
      recordingFault: recordingFault === null ? null : `it was told to record a call there, and ${recordingFault}`,
    };
  } finally {
    await phone.close();
    for (const media of opened) await media.close();
  }
}

/** Both folders must be there. Never rejects for what a folder or the server does. */
export async function probeFolders(options: FolderProbeOptions): Promise<FolderProbe> {
  const { promptFolder, recordingFolder } = options.files;
  const id = randomUUID();
  const files = { tone: join(promptFolder, `doctor-${id}.wav`), recording: join(recordingFolder, `doctor-${id}.wav`) };
  try {
    await writeTone(files.tone);
    return await placeCall(options, files);
  } catch (error) {
    return { callFault: sentenceOf(error), promptFault: null, recordingFault: null };
  } finally {
    for (const path of Object.values(files)) await rm(path, { force: true }).catch(() => undefined);
  }
}
