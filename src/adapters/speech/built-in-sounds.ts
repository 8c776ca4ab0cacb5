/**
 * Sounds that come with the system, made by calculation: no rights of anybody's, no file in the repository. The music is
 * laid round a circle (what a note still has to say at the end of the loop it says at its beginning), so that it has no
 * seam however often it is looped.
 */
import type { Prompt } from '../../domain/prompts/prompt.js';
import { TELEPHONE_RATE } from './wav-sound.js';

export type BuiltInSound = 'hold-music' | 'beep';

/** Ready to be put among the prompts of a configuration. */
export const BUILT_IN_PROMPTS: readonly Prompt[] = [
  { id: 'builtin:hold-music', kind: 'file', path: 'builtin:hold-music' },
  { id: 'builtin:beep', kind: 'file', path: 'builtin:beep' },
];

/** Null when the path is a file's. */
export function builtInSound(path: string): BuiltInSound | null {
  if (path === 'builtin:hold-music') return 'hold-music';
  return path === 'builtin:beep' ? 'beep' : null;
}

/** MIDI notes of each bar, the bass first: C, Am, F, G, Em, Am, Dm, G with their sevenths. */
const BARS: readonly (readonly number[])[] = [
  [48, 64, 67, 71, 72],
  [45, 60, 64, 67, 72],
  [41, 60, 64, 69, 72],
  [43, 59, 65, 67, 74],
  [40, 59, 62, 67, 71],
  [45, 60, 64, 67, 69],
  [50, 60, 65, 69, 72],
  [43, 59, 62, 65, 67],
];
const BAR_SECONDS = 3;
/** Which note of its bar sounds on each of eight beats. */
const FIGURE: readonly number[] = [1, 2, 3, 4, 3, 2, 4, 3];

const hertz = (note: number): number => 440 * 2 ** ((note - 69) / 12);

interface Note {
  readonly startSeconds: number;
  readonly note: number;
  readonly level: number;
  /** Time in which it falls to a third. */
  readonly decaySeconds: number;
}

function score(): readonly Note[] {
  const beatSeconds = BAR_SECONDS / FIGURE.length;
  return BARS.flatMap((chord, bar) => {
    const startSeconds = bar * BAR_SECONDS;
    const pad = chord.slice(1).map((note) => ({ startSeconds, note, level: 0.1, decaySeconds: 1.6 }));
    const bass = { startSeconds, note: (chord[0] ?? 48) + 12, level: 0.3, decaySeconds: 1.2 };
    const figure = FIGURE.map((place, beat) => ({
      startSeconds: startSeconds + beat * beatSeconds,
      note: (chord[place] ?? 60) + 12,
      level: beat % 4 === 0 ? 0.26 : 0.18,
      decaySeconds: 0.5,
    }));
    return [bass, ...pad, ...figure];
  });
}

/** Sine with two soft overtones that die sooner, like a struck bar. */
function playInto(circle: Float32Array, { startSeconds, note, level, decaySeconds }: Note): void {
  const start = Math.round(startSeconds * TELEPHONE_RATE);
  const length = Math.min(circle.length, Math.round(decaySeconds * 6 * TELEPHONE_RATE));
  const step = (2 * Math.PI * hertz(note)) / TELEPHONE_RATE;
  for (let place = 0; place < length; place += 1) {
    const seconds = place / TELEPHONE_RATE;
    const attack = Math.min(1, seconds / 0.012);
    const fall = Math.exp(-seconds / decaySeconds);
    const tone =
      Math.sin(step * place) +
      0.28 * fall * Math.sin(2 * step * place) +
      0.1 * fall * fall * Math.sin(3 * step * place);
    const at = (start + place) % circle.length;
    circle[at] = (circle[at] ?? 0) + level * attack * fall * tone;
  }
}

/** An echo that is itself laid round the circle. */
function withEcho(circle: Float32Array): Float32Array {
  const [near, far] = [Math.round(0.19 * TELEPHONE_RATE), Math.round(0.41 * TELEPHONE_RATE)];
  const at = (place: number): number => circle[(place + circle.length) % circle.length] ?? 0;
  return circle.map((sample, place) => sample + 0.22 * at(place - near) + 0.13 * at(place - far));
}

function holdMusic(): Float32Array {
  const circle = new Float32Array(BARS.length * BAR_SECONDS * TELEPHONE_RATE);
  for (const note of score()) playInto(circle, note);
  const sounded = withEcho(circle);
  const loudest = sounded.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  // Softer than a voice at -3 dBFS, so that a greeting over it stands out.
  return sounded.map((sample) => (sample / loudest) * 0.35);
}

/** 1 kHz for 300 ms: the tone after which a voicemail records. */
function beep(): Float32Array {
  const length = 0.3 * TELEPHONE_RATE;
  const ramp = 0.01 * TELEPHONE_RATE;
  return Float32Array.from({ length }, (_unused, place) => {
    const edge = Math.min(1, place / ramp, (length - 1 - place) / ramp);
    return 0.35 * edge * Math.sin((2 * Math.PI * 1000 * place) / TELEPHONE_RATE);
  });
}

export function synthesise(sound: BuiltInSound): Float32Array {
  return sound === 'beep' ? beep() : holdMusic();
}
