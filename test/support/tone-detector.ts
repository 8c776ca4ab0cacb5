/** Level of a tone in a stretch of audio, for every test that listens. The same detector as the test phones'. */

export { SILENCE_DB, toneLevelDb } from '../../src/embedded/media/tone-detector.js';
