/** Links to recordings, their waveforms, and the files themselves for whoever has a link. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { RecordingFormat } from '../../../application/ports/recording-files.js';
import type { Recording } from '../../../domain/calls/recording.js';
import { formatsOf } from '../call-resource.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { judgeLink, LINK_LIFETIME_MS, signLink } from '../recording-link.js';
import { sendRecording } from '../send-recording.js';

const ID = Type.Object({ id: Type.String({ maxLength: 64 }) });
const FORMAT = Type.Enum(['wav', 'mp3'], { description: 'wav or mp3' });

async function readyRecording(deps: HttpDependencies, id: string): Promise<Recording> {
  const recording = await deps.calls.findRecording(id);
  if (recording === null) throw new Problem('not-found', 'there is no recording with this id');
  if (recording.state === 'recording') throw new Problem('conflict', 'the recording is not finished yet; try again');
  if (recording.state === 'lost') {
    throw new Problem('gone', `the recording is lost: ${recording.lostReason ?? 'nobody knows why'}`);
  }
  return recording;
}

function formatOf(recording: Recording, asked: RecordingFormat | undefined): RecordingFormat {
  const formats = formatsOf(recording);
  const format = asked === undefined ? formats[0] : formats.find((each) => each === asked);
  if (format !== undefined) return format;
  const offered = formats.length === 0 ? 'no file' : formats.join(' and ');
  throw new Problem('not-found', `the recording has no ${asked ?? 'file'}; it has ${offered}`);
}

export const recordingRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const config = { scope: 'recordings:read' } as const;
    const tags = ['recordings'];

    app.get(
      '/recordings/:id/link',
      {
        config,
        schema: {
          operationId: 'linkRecording',
          summary: 'A link that is valid for 15 minutes and needs no key',
          tags,
          params: ID,
          querystring: Type.Object({ format: Type.Optional(FORMAT) }, { additionalProperties: false }),
          response: {
            200: Type.Object({
              url: Type.String({ description: 'Path on this server, with its query.' }),
              format: FORMAT,
              expiresAt: Type.String({ format: 'date-time' }),
            }),
          },
        },
      },
      async (request) => {
        const recording = await readyRecording(deps, request.params.id);
        const format = formatOf(recording, request.query.format);
        const expires = Math.ceil((deps.clock.wallMs() + LINK_LIFETIME_MS) / 1_000);
        request.log.info({ audit: 'recording-link', recordingId: recording.id, keyId: request.apiKey?.id }, 'a link');
        const url = signLink(deps.linkKey, { recordingId: recording.id, format, expires });
        return { url, format, expiresAt: new Date(expires * 1_000).toISOString() };
      },
    );

    app.get(
      '/recordings/:id/waveform',
      {
        config,
        schema: {
          operationId: 'readWaveform',
          summary: 'Peaks of a recording, as audiowaveform writes them (JSON, version 2)',
          tags,
          params: ID,
          response: { 200: Type.Unsafe<string>(Type.Object({}, { additionalProperties: true, title: 'Waveform' })) },
        },
      },
      async (request, reply) => {
        const waveform = await deps.recordings.waveform(await readyRecording(deps, request.params.id));
        if (waveform === null) throw new Problem('gone', 'the waveform of this recording is not there any more');
        return reply.type('application/json').send(waveform);
      },
    );
  };

const FILE_NAME = /^([A-Za-z0-9_-]{1,64})\.(wav|mp3)$/;

interface FollowedLink {
  readonly file: string;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly signature: string;
}

async function sendLinked(
  deps: HttpDependencies,
  link: FollowedLink,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const [, recordingId, ending] = FILE_NAME.exec(link.file) ?? [];
  const { expires, signature } = link;
  if (recordingId === undefined) throw new Problem('link-refused', 'this is no link to a recording');
  const format = ending === 'wav' ? 'wav' : 'mp3';
  const verdict = judgeLink(deps.linkKey, { recordingId, format, expires }, signature, deps.clock.wallMs());
  if (verdict === 'altered') throw new Problem('link-refused', 'the link was altered; ask for a new one');
  if (verdict === 'expired') {
    const at = new Date(expires * 1_000).toISOString();
    throw new Problem('gone', `the link expired at ${at}; ask for a new one`);
  }
  const recording = await readyRecording(deps, recordingId);
  const file = await deps.recordings.open(recording, format);
  if (file === null) throw new Problem('gone', 'the file of this recording is not there any more');
  return await sendRecording(request, reply, { recording, format, file });
}

/** Outside `/api/v1`: what a link points to. */
export const recordingFileRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const params = Type.Object({ file: Type.String({ maxLength: 80, description: 'a recording, such as ID.mp3' }) });
    const querystring = Type.Object({
      expires: Type.Integer({ minimum: 0, maximum: 100_000_000_000, description: 'as in the link' }),
      signature: Type.String({ maxLength: 100, description: 'as in the link' }),
    });
    const config = { scope: 'public' } as const;
    const summary = 'A recording by its signed link; a byte range may be asked for';
    const described = { operationId: 'getRecordingFile', summary, tags: ['recordings'], params, querystring };
    app.get('/recordings/:file', { config, schema: described }, async (request, reply) =>
      sendLinked(deps, { ...request.params, ...request.query }, request, reply),
    );
    app.head('/recordings/:file', { config, schema: { hide: true, params, querystring } }, async (request, reply) =>
      sendLinked(deps, { ...request.params, ...request.query }, request, reply),
    );
  };
