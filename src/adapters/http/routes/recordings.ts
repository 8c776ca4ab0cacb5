/** Links to recordings, their waveforms, and the files themselves for whoever has a link. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { RecordingFormat } from '../../../application/ports/recording-files.js';
import type { Recording } from '../../../domain/calls/recording.js';
import { formatsOf } from '../call-resource.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { linkedFileRoutes, linkTo } from '../linked-files.js';
import { Problem } from '../problem.js';

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
        request.log.info({ audit: 'recording-link', recordingId: recording.id, keyId: request.apiKey?.id }, 'a link');
        return { ...linkTo(deps, recording.id, format), format };
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

export const recordingFileRoutes = (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  linkedFileRoutes(deps, {
    noun: 'recording',
    path: '/recordings/:file',
    formats: ['wav', 'mp3'],
    described: {
      operationId: 'getRecordingFile',
      summary: 'A recording by its signed link; a byte range may be asked for',
      tags: ['recordings'],
    },
    open: async (id, format) => {
      const recording = await readyRecording(deps, id);
      return { recording, file: await deps.recordings.open(recording, format) };
    },
  });
