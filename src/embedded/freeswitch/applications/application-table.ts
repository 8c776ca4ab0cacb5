/** All applications of this switch by lower-case name. Others do not exist: a dialplan that names one hangs up. */
import type { Application } from '../switch-core.js';
import { CALL_CONTROL } from './call-control.js';
import { SOUND } from './sound.js';
import { TAPPING } from './tapping.js';
import { VARIABLES } from './variables.js';

export function applicationTable(): ReadonlyMap<string, Application> {
  return new Map(
    [...CALL_CONTROL, ...VARIABLES, ...SOUND, ...TAPPING].map((application) => [application.name, application]),
  );
}
