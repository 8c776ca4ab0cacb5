/** Legs of which a transcript shows no more than that they are there: what they were like is read from another one. */
import { eventOf, type LegPlan, planOf, text } from './freeswitch-script.js';
import { readControlLines } from './transcript.js';

/** Legs that were up before the transcript began: where they can be seen, and how their UUID ends. */
const LEGS: Readonly<Record<string, readonly [transcript: string, uuidEnd: string]>> = {
  'bgapi-answers-with-a-job-and-then-with-an-event': ['api-answers-about-live-channels', '00a1'],
};

export function legsBefore(transcript: string): LegPlan[] {
  const leg = LEGS[transcript];
  return leg === undefined ? [] : [planFrom(...leg)];
}

/** The leg of a transcript whose UUID ends like this. */
export function planFrom(transcript: string, uuidEnd: string): LegPlan {
  const events = readControlLines('freeswitch', transcript)
    .map(eventOf)
    .filter((event) => text(event, 'Unique-ID').endsWith(uuidEnd));
  return planOf(text(events[0], 'Unique-ID'), events);
}
