/**
 * What stands behind a trunk's row: the profiles of carriers, the values that calls through a trunk use, and whether its gateways answer.
 * The rows themselves are read and written in `configuration.ts`.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import {
  settingsOf,
  TRUNK_PROFILE_NAMES,
  TRUNK_PROFILES,
  TRUNK_SETTING_NAMES,
} from '../../../domain/trunks/trunk-profile.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { ROW_ID } from './configuration.js';

const PROFILE = Type.Enum([...TRUNK_PROFILE_NAMES]);
const SETTINGS = Type.Object(
  {},
  { additionalProperties: true, description: 'Every setting by name, as in docs/trunks.md.' },
);
const NULLABLE_NUMBER = Type.Union([Type.Number(), Type.Null()]);

const GATEWAY = Type.Object(
  {
    trunkId: Type.String(),
    gateway: Type.String({ description: 'host:port, and the transport unless it is UDP.' }),
    state: Type.Enum(['not-probed', 'unknown', 'up', 'failing', 'down']),
    sipStatus: NULLABLE_NUMBER,
    latencyMs: NULLABLE_NUMBER,
    failures: Type.Integer({ description: 'Probes in a row that failed.' }),
    detail: Type.String({ description: 'Why the last probe failed.' }),
  },
  { title: 'Gateway' },
);

const EFFECTIVE = Type.Object(
  {
    id: Type.String(),
    profile: PROFILE,
    overrides: Type.Array(Type.Enum([...TRUNK_SETTING_NAMES]), { description: 'What the row sets itself.' }),
    settings: SETTINGS,
  },
  { title: 'EffectiveTrunk' },
);

export const trunkRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const config = { scope: 'configuration:read' } as const;
    const tags = ['configuration'];

    app.get(
      '/trunk-profiles',
      {
        config,
        schema: {
          operationId: 'listTrunkProfiles',
          summary: 'What each profile decides for the trunks that name it',
          tags,
          response: { 200: Type.Object({ items: Type.Array(Type.Object({ profile: PROFILE, settings: SETTINGS })) }) },
        },
      },
      async () => ({
        items: TRUNK_PROFILE_NAMES.map((profile) => ({ profile, settings: { ...TRUNK_PROFILES[profile] } })),
      }),
    );

    app.get(
      '/trunks/:id/effective',
      {
        config,
        schema: {
          operationId: 'getEffectiveTrunk',
          summary: 'The values that calls through a trunk use, whether its row or its profile decides them',
          tags,
          params: ROW_ID,
          response: { 200: EFFECTIVE },
        },
      },
      async (request) => {
        const trunk = deps.configuration.current().trunks.get(request.params.id);
        if (trunk === undefined) throw new Problem('not-found', 'there is no trunk with this id');
        const { id, profile, overrides } = trunk;
        return { id, profile, overrides: [...overrides], settings: { ...settingsOf(trunk) } };
      },
    );

    app.get(
      '/live-gateways',
      {
        config,
        schema: {
          operationId: 'listLiveGateways',
          summary: 'The gateways of the active trunks, and whether they answer OPTIONS',
          tags: ['operation'],
          response: { 200: Type.Object({ items: Type.Array(GATEWAY) }) },
        },
      },
      async () => ({ items: deps.gateways.list().map((state) => ({ ...state })) }),
    );
  };
