/**
 * The dialects that come with the system, by the name that a configuration uses. An empty URL is the bidder's own; see
 * `fillDialect`.
 */
import type { Dialect } from '../../domain/bidding/bidder.js';
import { CALLGRID } from './dialects/callgrid.js';
import { GENERIC_FORM } from './dialects/generic-form.js';
import { GENERIC_JSON } from './dialects/generic-json.js';
import { GENERIC_JSON_TWO_PHASE } from './dialects/generic-json-two-phase.js';
import { GENERIC_QUERY } from './dialects/generic-query.js';
import { RETREAVER } from './dialects/retreaver.js';
import { RINGBA } from './dialects/ringba.js';
import { SERVICE_DIRECT, SERVICE_DIRECT_SIGNED } from './dialects/service-direct.js';
import { TRACKDRIVE } from './dialects/trackdrive.js';

export const BUILT_IN_DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['generic-json', GENERIC_JSON],
  ['generic-json-two-phase', GENERIC_JSON_TWO_PHASE],
  ['generic-form', GENERIC_FORM],
  ['generic-query', GENERIC_QUERY],
  ['service-direct', SERVICE_DIRECT],
  ['service-direct-signed', SERVICE_DIRECT_SIGNED],
  ['ringba', RINGBA],
  ['retreaver', RETREAVER],
  ['trackdrive', TRACKDRIVE],
  ['callgrid', CALLGRID],
]);
