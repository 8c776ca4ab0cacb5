/**
 * Files behind signed links, of recordings and of faxes: makes the links, and answers whoever follows one. Called by the routes of both. Must
 * never look for a file before the signature is known to be good.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { OpenRecordingFile } from '../../application/ports/recording-files.js';
import type { HttpDependencies } from './http-dependencies.js';
import { Problem } from './problem.js';
import { judgeLink, LINK_LIFETIME_MS, type LinkedFormat, signLink } from './recording-link.js';
import { type SentRecording, sendRecording } from './send-recording.js';

type LinkDependencies = Pick<HttpDependencies, 'clock' | 'linkKey'>;

export interface LinkedFiles<Format extends LinkedFormat> {
  /** What one of them is called in a sentence. */
  readonly noun: string;
  readonly path: '/recordings/:file' | '/faxes/:file';
  readonly formats: readonly Format[];
  readonly described: { readonly operationId: string; readonly summary: string; readonly tags: string[] };
  /** Throws a Problem when there is none to be had; `file` is null when it is not on the disk any more. */
  readonly open: (id: string, format: Format) => Promise<Opened>;
}

type Opened = Pick<SentRecording, 'recording'> & { readonly file: OpenRecordingFile | null };

/** A path on this server that is good for a quarter of an hour. */
export function linkTo(
  { linkKey, clock }: LinkDependencies,
  recordingId: string,
  format: LinkedFormat,
): { readonly url: string; readonly expiresAt: string } {
  const expires = Math.ceil((clock.wallMs() + LINK_LIFETIME_MS) / 1_000);
  return { url: signLink(linkKey, { recordingId, format, expires }), expiresAt: dateOf(expires) };
}

const dateOf = (seconds: number): string => new Date(seconds * 1_000).toISOString();

const FILE_NAME = /^([A-Za-z0-9_-]{1,64})\.([a-z0-9]+)$/;

interface FollowedLink {
  readonly file: string;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly signature: string;
}

/** Outside `/api/v1`: what a link points to. */
export const linkedFileRoutes =
  <Format extends LinkedFormat>(
    { linkKey, clock }: LinkDependencies,
    { noun, path, formats, described, open }: LinkedFiles<Format>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    const example = `a ${noun}, such as ID.${formats.at(-1)}`;
    const params = Type.Object({ file: Type.String({ maxLength: 80, description: example }) });
    const querystring = Type.Object({
      expires: Type.Integer({ minimum: 0, maximum: 100_000_000_000, description: 'as in the link' }),
      signature: Type.String({ maxLength: 100, description: 'as in the link' }),
    });
    const send = async (link: FollowedLink, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const [, recordingId, ending] = FILE_NAME.exec(link.file) ?? [];
      const format = formats.find((each) => each === ending);
      if (recordingId === undefined || format === undefined)
        throw new Problem('link-refused', `this is no link to a ${noun}`);
      const { expires, signature } = link;
      const verdict = judgeLink(linkKey, { recordingId, format, expires }, signature, clock.wallMs());
      if (verdict === 'altered') throw new Problem('link-refused', 'the link was altered; ask for a new one');
      if (verdict === 'expired') throw new Problem('gone', `the link expired at ${dateOf(expires)}; ask for a new one`);
      const { recording, file } = await open(recordingId, format);
      if (file === null) throw new Problem('gone', `the file of this ${noun} is not there any more`);
      return await sendRecording(request, reply, { recording, format, file });
    };
    const config = { scope: 'public' } as const;
    app.get(path, { config, schema: { ...described, params, querystring } }, async (request, reply) =>
      send({ ...request.params, ...request.query }, request, reply),
    );
    app.head(path, { config, schema: { hide: true, params, querystring } }, async (request, reply) =>
      send({ ...request.params, ...request.query }, request, reply),
    );
  };
