/**
 * Turns what a dialplan says to play into sources for the media engine: files, `silence_stream://`, `tone_stream://`,
 * `local_stream://`, `file_string://a!b`. Names come from commands; a relative one is looked for in the folder for sounds only.
 */
import { isAbsolute, join, normalize } from 'node:path';
import type { PlaySource } from '../media/media-port.js';
import type { Channel } from './channel.js';
import type { SwitchCore } from './switch-core.js';

export interface Sound {
  /** As events show it. */
  readonly name: string;
  /** `Playback-File-Type`, where FreeSWITCH names one. */
  readonly type: 'local_stream' | 'tone_stream' | null;
  readonly sources: readonly PlaySource[];
  /** How often the sources are played; 0 is without end. */
  readonly loops: number;
}

/** The longest silence that a number may ask for; `silence_stream://-1` is without end. */
const ENDLESS_MS = 2 ** 31 - 1;

/** Null: not a sound that this switch knows. */
export function parseSound(core: SwitchCore, channel: Channel, text: string): Sound | null {
  const name = text.replace(/^(\{[^}]*\}\s*)+/, '');
  const scheme = /^([a-z_]+):\/\//i.exec(name)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? name : name.slice(scheme.length + 3);
  switch (scheme) {
    case undefined:
    case 'file':
      return file(core, channel, rest);
    case 'silence_stream':
      return silence(name, rest);
    case 'tone_stream':
      return tone(name, rest);
    case 'local_stream':
      return localStream(core, name, rest);
    case 'file_string':
      return fileString(core, channel, name, rest);
    default:
      return null;
  }
}

function file(core: SwitchCore, channel: Channel, name: string): Sound | null {
  const [path = ''] = name.split('@@');
  if (path === '' || path.includes('\0')) return null;
  const prefix = channel.variables.get('sound_prefix') ?? core.soundsFolder;
  const full = isAbsolute(path) ? path : join(prefix, path);
  if (!isAbsolute(path) && !full.startsWith(normalize(prefix))) return null;
  const named = /\.[a-z0-9]{1,5}$/i.test(full) ? full : `${full}.wav`;
  return { name: named, type: null, sources: [{ kind: 'file', path: named }], loops: 1 };
}

function silence(name: string, rest: string): Sound | null {
  const milliseconds = Number.parseInt(rest, 10);
  if (Number.isNaN(milliseconds)) return null;
  const durationMs = milliseconds < 0 ? ENDLESS_MS : milliseconds;
  return { name, type: null, sources: [{ kind: 'silence', durationMs }], loops: 1 };
}

/**
 * The part of teletone's language that ringback and busy tones use: `%(on,off,f1,f2);%(...);loops=n`, `v=-7` or `L=n`
 * before or after. Several tones follow one another; `loops=-1` is without end.
 */
function tone(name: string, rest: string): Sound | null {
  const sources: PlaySource[] = [];
  let loops = 1;
  let levelDb = -7;
  for (const part of rest.split(';')) {
    const setting = /^\s*(loops|l|v)\s*=\s*(-?\d+(?:\.\d+)?)\s*$/i.exec(part);
    const burst = /^\s*%\(\s*(\d+)\s*,\s*(-?\d+)\s*,([^)]*)\)\s*$/.exec(part);
    if (setting !== null) {
      const value = Number(setting[2]);
      if (setting[1]?.toLowerCase() === 'v') levelDb = value;
      else loops = value < 0 ? 0 : Math.floor(value);
    } else if (burst !== null) {
      const frequenciesHz = (burst[3] ?? '').split(',').map(Number);
      if (frequenciesHz.some((frequency) => !(frequency >= 0 && frequency < 4000))) return null;
      sources.push({
        kind: 'tone',
        frequenciesHz,
        onMs: Number(burst[1]),
        offMs: Math.max(0, Number(burst[2])),
        loops: 1,
        levelDb,
      });
    } else if (part.trim() !== '') return null;
  }
  const [only] = sources;
  if (only === undefined) return null;
  if (sources.length > 1 || only.kind !== 'tone') return { name, type: 'tone_stream', sources, loops };
  return { name, type: 'tone_stream', sources: [{ ...only, loops }], loops: 1 };
}

/** Music that runs for all is a file that runs for one here; the stream's name is the file's. */
function localStream(core: SwitchCore, name: string, rest: string): Sound | null {
  const stream = rest.split('/')[0] ?? '';
  const path = core.globals.get(`local_stream_${stream}`) ?? join(core.soundsFolder, `${stream}.wav`);
  if (!/^[\w.-]+$/.test(stream)) return null;
  return { name, type: 'local_stream', sources: [{ kind: 'file', path }], loops: 0 };
}

function fileString(core: SwitchCore, channel: Channel, name: string, rest: string): Sound | null {
  const sources: PlaySource[] = [];
  for (const part of rest.split('!')) {
    const sound = parseSound(core, channel, part.trim());
    if (sound === null) return null;
    sources.push(...sound.sources);
  }
  return sources.length === 0 ? null : { name, type: null, sources, loops: 1 };
}
