/** Pausing and resuming the recording of a call that is up. The timeline of the call says who did it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { HttpDependencies } from '../http-dependencies.js';
import { liveCallOf, logAudit, whoAsks } from '../live-call.js';
import { Problem } from '../problem.js';

const ID = Type.Object({ id: Type.String({ maxLength: 64 }) });
const STATE = Type.Object({ id: Type.String(), recordingId: Type.String(), isPaused: Type.Boolean() });

const VERBS = {
  pause: ['pauseRecording', 'Pause the recording of a call: it goes on as silence and keeps its time'],
  resume: ['resumeRecording', 'Resume the recording of a call'],
} as const;

export const recordingControlRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const verb of ['pause', 'resume'] as const) {
      const [operationId, summary] = VERBS[verb];
      app.post(
        `/calls/:id/recording/${verb}`,
        {
          config: { scope: 'calls:control' },
          schema: {
            operationId,
            summary,
            description: 'Asked for twice it changes nothing. 409 when nothing is being recorded.',
            tags: ['calls'],
            params: ID,
            response: { 200: STATE },
          },
        },
        async (request) => {
          const { id } = request.params;
          const live = await liveCallOf(deps, id);
          logAudit(request, `recording-${verb}`, { callId: id });
          const outcome = await live.desk.recording[verb](whoAsks(request));
          switch (outcome.kind) {
            case 'done':
              return { id, recordingId: outcome.recordingId, isPaused: outcome.isPaused };
            case 'not-recording':
              throw new Problem('conflict', 'the call is not being recorded now');
            case 'failed':
              throw new Problem('unavailable', `the media server did not ${verb} the recording; try again`);
          }
        },
      );
    }
  };
