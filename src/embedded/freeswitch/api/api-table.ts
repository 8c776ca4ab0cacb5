/** All API commands of this switch by name; what is not here answers `Command not found`. */
import type { Api } from '../switch-core.js';
import { CHANNEL_COMMANDS } from './channel-commands.js';
import { RECORD_COMMANDS } from './record-command.js';
import { SHOW_COMMANDS } from './show-command.js';
import { SYSTEM_COMMANDS } from './system-commands.js';

export function apiTable(): ReadonlyMap<string, Api> {
  return new Map([...CHANNEL_COMMANDS, ...RECORD_COMMANDS, ...SHOW_COMMANDS, ...SYSTEM_COMMANDS]);
}
