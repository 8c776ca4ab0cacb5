/**
 * Prompts: a text with its voice as JSON, or a sound as multipart/form-data. Both are made playable before they are saved,
 * so that a prompt that cannot be heard is refused here and never met by a caller.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { createRow, replaceRow } from '../../../application/configuration/edit-configuration.js';
import { documentOf } from '../../../domain/campaigns/configuration.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { ifMatchOf } from '../if-match.js';
import { Problem } from '../problem.js';
import { CREATION_HEADERS, replyOnce } from '../reply-once.js';
import { sendFile } from '../send-file.js';
import {
  addReads,
  addRemoval,
  EDIT_HEADERS,
  entrySchema,
  idIn,
  judgedByChecker,
  namesOf,
  ROW_ID,
} from './configuration.js';
import { refusalOf, savedAnswer } from './edit-answer.js';
import { readUpload } from './read-upload.js';

const SECTION = 'prompts';
const READ = { scope: 'configuration:read' } as const;
const WRITE = { scope: 'configuration:write' } as const;

const PREVIEW = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 2_000, description: 'a text of 1 to 2,000 characters' }),
    voice: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'the name of a voice' })),
  },
  { additionalProperties: false },
);

const WAV = { description: 'WAV, mono, 8 kHz.', content: { 'audio/wav': { schema: Type.Unsafe<unknown>({}) } } };

interface Draft {
  /** What makes two requests the same. */
  readonly content: unknown;
  readonly entry: () => Promise<unknown>;
}

/** A file on this machine is not named by a client: it is uploaded. What is shown of a stored one may come back as it is. */
function refuseForeignFile(deps: HttpDependencies, body: unknown, replaces: string | null): void {
  if (typeof body !== 'object' || body === null || !('file' in body)) return;
  const stored =
    replaces === null ? null : deps.checker.show(SECTION, replaces, documentOf(deps.configuration.current()));
  if (stored !== null && stored.file === body.file) return;
  const fault = { field: 'file', found: 'a text', expected: 'the sound itself, uploaded as multipart/form-data' };
  throw new Problem('wrong-fields', `file: found a text, expected ${fault.expected}`, { faults: [fault] });
}

async function draftOf(deps: HttpDependencies, request: FastifyRequest, replaces: string | null): Promise<Draft> {
  if (!request.isMultipart()) {
    refuseForeignFile(deps, request.body, replaces);
    return { content: request.body, entry: async () => request.body };
  }
  const { fields, file } = await readUpload(request, replaces === null ? ['id', 'plays'] : ['plays']);
  const { id = replaces } = fields;
  // A form has texts alone; one that is no number is for the checker to refuse.
  const often =
    fields.plays === undefined ? {} : { plays: /^\d+$/.test(fields.plays) ? Number(fields.plays) : fields.plays };
  const entry = async (): Promise<unknown> => {
    // Judged before anything is kept, so that a refused upload leaves nothing on the disk.
    const stored = documentOf(deps.configuration.current());
    const draft = { id: id ?? undefined, file: 'upload.wav', ...often };
    const checked = deps.checker.check({ section: SECTION, entry: draft, stored, replaces });
    if (checked.kind === 'faulty') throw refusalOf(checked, SECTION);
    const kept = await deps.uploads.keep(file);
    if (kept.kind === 'refused') throw new Problem('not-audio', `the file cannot be played: ${kept.sentence}`);
    return { id: id ?? undefined, file: kept.path, ...often };
  };
  return { content: Buffer.concat([Buffer.from(`${id ?? ''}\n${fields.plays ?? ''}\n`), file]), entry };
}

function addWrites(app: FastifyInstance, deps: HttpDependencies): void {
  const { one, tags } = namesOf(SECTION);
  const entry = entrySchema(deps, SECTION);
  const consumes = ['application/json', 'multipart/form-data'];
  app.post(
    '/prompts',
    {
      config: WRITE,
      validatorCompiler: judgedByChecker,
      schema: {
        ...{ operationId: `create${one}`, summary: 'Add a text to speak, or upload a WAV or MP3 file', tags, consumes },
        ...{ headers: CREATION_HEADERS, body: entry, response: { 201: entry } },
      },
    },
    async (request, reply) => {
      const draft = await draftOf(deps, request, null);
      return await replyOnce(deps, request, reply, draft.content, async () =>
        savedAnswer(deps, SECTION, await createRow(deps, SECTION, await draft.entry()), 201),
      );
    },
  );
  app.put(
    '/prompts/:id',
    {
      config: WRITE,
      validatorCompiler: judgedByChecker,
      schema: {
        ...{ operationId: `replace${one}`, summary: 'Replace what a prompt says or plays', tags, consumes },
        ...{ params: ROW_ID, headers: EDIT_HEADERS, body: entry, response: { 200: entry } },
      },
    },
    async (request, reply) => {
      const id = idIn(request);
      const isMatch = ifMatchOf(request);
      const draft = await draftOf(deps, request, id);
      const edit = { section: SECTION, id, entry: await draft.entry() } as const;
      const saved = savedAnswer(deps, SECTION, await replaceRow(deps, edit, isMatch), 200);
      return await reply.headers(saved.headers).send(saved.body);
    },
  );
}

function addListening(app: FastifyInstance, deps: HttpDependencies): void {
  const { tags } = namesOf(SECTION);
  app.get(
    '/prompts/:id/audio',
    {
      config: READ,
      schema: {
        ...{ operationId: 'getPromptAudio', summary: 'Listen to a prompt; range requests are answered', tags },
        ...{ params: ROW_ID, response: { 200: WAV, 206: WAV } },
      },
    },
    async (request, reply) => {
      const prompt = deps.configuration.current().prompts.get(idIn(request));
      if (prompt === undefined) throw new Problem('not-found', 'there is no prompt with this id');
      const file = deps.prompts.find(prompt);
      if (file === null)
        throw new Problem('unavailable', 'the prompt has no sound yet; the log of the server says why');
      return await sendFile(request, reply, { path: file.path, contentType: 'audio/wav' });
    },
  );
  app.post<{ Body: { text: string; voice?: string } }>(
    '/prompts/preview',
    {
      config: WRITE,
      schema: {
        ...{ operationId: 'previewPrompt', summary: 'Listen to a text before it is saved', tags },
        ...{ body: PREVIEW, response: { 200: WAV } },
      },
    },
    async (request, reply) => {
      const { text, voice = '' } = request.body;
      const prompt = { id: 'preview', kind: 'text', text, voice } as const;
      const [fault] = await deps.prompts.prepare([prompt]);
      const file = deps.prompts.find(prompt);
      if (fault !== undefined || file === null) throw new Problem('not-audio', fault?.sentence ?? 'it has no sound');
      return await sendFile(request, reply, { path: file.path, contentType: 'audio/wav' });
    },
  );
}

export const promptRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    addReads(app as FastifyInstance, deps, SECTION);
    addWrites(app as FastifyInstance, deps);
    addRemoval(app as FastifyInstance, deps, SECTION);
    addListening(app as FastifyInstance, deps);
  };
