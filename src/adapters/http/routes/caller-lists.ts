/**
 * The lists of callers who are kept out or let in: read, added to one by one or by a file, taken from. Whoever may not read the
 * numbers of callers sees them masked.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { type CallerListEntry, LIST_KINDS, LIST_LEVELS } from '../../../domain/callers/caller-list.js';
import { isE164, maskNumber } from '../../../domain/trunks/phone-number.js';
import { readCallerList } from '../caller-list-csv.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { PAGE_QUERY, pageOf } from '../page.js';
import { Problem, type ProblemFault } from '../problem.js';
import { CREATION_HEADERS, replyOnce } from '../reply-once.js';
import { readUpload } from './read-upload.js';

const KIND = Type.Enum([...LIST_KINDS], { description: '"block" or "allow"' });
const LEVEL = Type.Enum([...LIST_LEVELS], { description: '"account", "campaign" or "buyer"' });
const TIME = Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
  description: 'a time to come such as 2026-11-21T15:00:00Z (RFC 3339), or null',
});
const SUBJECT = Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Null()], {
  description: 'the id of the campaign or the buyer; null for the account',
});

const ENTRY = Type.Object({
  id: Type.String(),
  kind: KIND,
  level: LEVEL,
  subjectId: SUBJECT,
  caller: Type.String({ description: 'Masked unless the key has the scope calls:read-numbers.' }),
  reason: Type.String(),
  addedBy: Type.String({ description: 'The name of a key, or of the rule that added it.' }),
  addedAt: Type.String({ format: 'date-time' }),
  expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});

const NEW_ENTRY = Type.Object(
  {
    kind: KIND,
    level: LEVEL,
    subjectId: Type.Optional(SUBJECT),
    caller: Type.String({ minLength: 1, maxLength: 64, description: 'a number, or the beginning of one and a star' }),
    reason: Type.Optional(Type.String({ maxLength: 200, description: 'a text of at most 200 characters' })),
    expiresAt: Type.Optional(TIME),
  },
  { additionalProperties: false },
);

const QUERY = Type.Object(
  {
    ...PAGE_QUERY.properties,
    kind: Type.Optional(KIND),
    level: Type.Optional(LEVEL),
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'an id' })),
  },
  { additionalProperties: false },
);

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const PREFIX = /^\+\d{1,14}\*$/;
const CONTROL = /\p{Cc}/gu;

type NewEntry = Static<typeof NEW_ENTRY>;

class Reading {
  readonly faults: ProblemFault[] = [];
  readonly #deps: HttpDependencies;
  readonly #addedBy: string;

  constructor(deps: HttpDependencies, request: FastifyRequest) {
    this.#deps = deps;
    this.#addedBy = request.apiKey?.name ?? 'unknown';
  }

  /** `at` goes before the names of the fields in faults. */
  entry(body: NewEntry, at = ''): CallerListEntry {
    const addedAt = this.#deps.clock.wallMs();
    return {
      ...{ id: this.#deps.ids.newId(), kind: body.kind, level: body.level, addedBy: this.#addedBy, addedAt },
      reason: (body.reason ?? '').replace(CONTROL, ' '),
      subjectId: this.#subjectOf(body),
      caller: this.#callerOf(body.caller, at === '' ? 'caller' : at),
      expiresAt: this.#timeOf(body.expiresAt ?? null, addedAt, at === '' ? 'expiresAt' : at),
    };
  }

  #fault(field: string, found: unknown, expected: string): void {
    this.faults.push({ field, found: JSON.stringify(found).slice(0, 80), expected });
  }

  #subjectOf({ level, subjectId = null }: NewEntry): string {
    const { campaigns, buyers } = this.#deps.configuration.current();
    if (level === 'account') {
      if (subjectId !== null) this.#fault('subjectId', subjectId, 'null: the account is one');
      return '';
    }
    const rows = level === 'campaign' ? campaigns : buyers;
    if (subjectId === null || !rows.has(subjectId)) this.#fault('subjectId', subjectId, `the id of a ${level}`);
    return subjectId ?? '';
  }

  #callerOf(text: string, field: string): string {
    const compact = text.replace(/[\s().-]/g, '');
    if (PREFIX.test(compact)) return compact;
    const number = isE164(compact) ? compact : this.#deps.numbers.toE164(compact, this.#deps.country);
    if (number === null) this.#fault(field, text, 'a number, or the beginning of one and a star such as "+1900*"');
    return number ?? '';
  }

  #timeOf(text: string | null, nowMs: number, field: string): number | null {
    if (text === null || text === '') return null;
    const at = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(at) || at <= nowMs) this.#fault(field, text, 'a time to come such as 2026-11-21T15:00:00Z');
    return at;
  }
}

const FAULTS_SHOWN = 20;

function refuseFaults(faults: readonly ProblemFault[]): void {
  const [first] = faults;
  if (first === undefined) return;
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
  const sentence = `${first.field}: found ${first.found}, expected ${first.expected}${more}`;
  throw new Problem('wrong-fields', sentence, { faults: faults.slice(0, FAULTS_SHOWN) });
}

function shown(entry: CallerListEntry, request: FastifyRequest): Static<typeof ENTRY> {
  const { subjectId, caller, addedAt, expiresAt } = entry;
  return {
    ...entry,
    subjectId: subjectId === '' ? null : subjectId,
    caller: request.apiKey?.scopes.includes('calls:read-numbers') === true ? caller : maskNumber(caller),
    addedAt: new Date(addedAt).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}

/** The fields of a form are texts; they are judged as those of a body are. */
function formOf(fields: Readonly<Record<string, string>>): Omit<NewEntry, 'caller'> {
  const kind = LIST_KINDS.find((each) => each === fields.kind);
  const level = LIST_LEVELS.find((each) => each === fields.level);
  const fault = (field: string, expected: string): ProblemFault => {
    return { field, found: JSON.stringify(fields[field] ?? null), expected };
  };
  refuseFaults([
    ...(kind === undefined ? [fault('kind', '"block" or "allow"')] : []),
    ...(level === undefined ? [fault('level', '"account", "campaign" or "buyer"')] : []),
  ]);
  const { subjectId = null, reason = '', expiresAt = null } = fields;
  return { kind: kind ?? 'block', level: level ?? 'account', subjectId, reason: reason.slice(0, 200), expiresAt };
}

const READ = { scope: 'configuration:read' } as const;
const WRITE = { scope: 'configuration:write' } as const;
const TAGS = ['caller lists'];

const additionRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/caller-list',
      {
        config: WRITE,
        schema: {
          operationId: 'addToCallerList',
          summary: 'Keep a caller out, or let him in; the same caller on the same list again replaces the entry',
          tags: TAGS,
          headers: CREATION_HEADERS,
          body: NEW_ENTRY,
          response: { 201: ENTRY },
        },
      },
      async (request, reply) =>
        await replyOnce(deps, request, reply, request.body, async () => {
          const reading = new Reading(deps, request);
          const entry = reading.entry(request.body);
          refuseFaults(reading.faults);
          await deps.callerLists.put([entry]);
          return { status: 201, headers: { location: `/api/v1/caller-list/${entry.id}` }, body: shown(entry, request) };
        }),
    );
  };

const uploadRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/caller-list/upload',
      {
        config: WRITE,
        schema: {
          operationId: 'uploadCallerList',
          summary:
            'Add the callers of a CSV file (number, reason, end), all or none; fields kind, level, subjectId, reason, expiresAt',
          tags: TAGS,
          consumes: ['multipart/form-data'],
          response: { 200: Type.Object({ entries: Type.Integer({ description: 'Callers of the file.' }) }) },
        },
      },
      async (request) => {
        const { fields, file } = await readUpload(request, ['kind', 'level', 'subjectId', 'reason', 'expiresAt']);
        const form = formOf(fields);
        const { lines, faults } = readCallerList(file);
        refuseFaults(faults);
        const reading = new Reading(deps, request);
        const entries = lines.map(({ line, caller, reason, expiresAt }) => {
          const own = { ...(reason === '' ? {} : { reason }), ...(expiresAt === '' ? {} : { expiresAt }) };
          return reading.entry({ ...form, ...own, caller }, `file[${line}]`);
        });
        refuseFaults(reading.faults);
        await deps.callerLists.put(entries);
        return { entries: entries.length };
      },
    );
  };

export const callerListRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/caller-list',
      {
        config: READ,
        schema: {
          operationId: 'listCallerList',
          summary: 'Callers who are kept out or let in, oldest first; expired entries included',
          tags: TAGS,
          querystring: QUERY,
          response: {
            200: Type.Object({ items: Type.Array(ENTRY), nextCursor: Type.Union([Type.String(), Type.Null()]) }),
          },
        },
      },
      async (request) => {
        const { kind, level, subject } = request.query;
        const wanted = deps.callerLists.all().filter((each) => {
          if ((kind ?? each.kind) !== each.kind || (level ?? each.level) !== each.level) return false;
          return (subject ?? each.subjectId) === each.subjectId;
        });
        const sorted = [...wanted].sort((left, right) => (left.id < right.id ? -1 : 1));
        const { rows, nextCursor } = pageOf(sorted, request.query);
        return { items: rows.map((entry) => shown(entry, request)), nextCursor };
      },
    );
    await app.register(additionRoutes(deps));
    await app.register(uploadRoutes(deps));
    app.delete(
      '/caller-list/:id',
      {
        config: WRITE,
        schema: {
          operationId: 'removeFromCallerList',
          summary: 'Take an entry off the lists; in force for the next call',
          tags: TAGS,
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          response: { 200: ENTRY },
        },
      },
      async (request) => {
        const removed = await deps.callerLists.remove(request.params.id);
        if (removed === null) throw new Problem('not-found', 'there is no entry with this id');
        return shown(removed, request);
      },
    );
  };
