/** Scripted callers who walk through a flow, on a clock that the test turns. */
import type { Flow } from '../../src/domain/flows/flow.js';
import type { FixtureOptions } from './call-configuration.js';
import { CallFixture } from './call-fixture.js';
import type { ScriptedCallerLeg } from './scripted-leg.js';

const PROMPTS = ['greeting', 'music', 'ending', 'question', 'silence', 'wrong', 'goodbye', 'sorry'].map(
  (id) => ({ id, kind: 'file', path: `/${id}.wav` }) as const,
);

export function fixtureWith(flow: Flow, options: FixtureOptions = {}, others: readonly Flow[] = []): CallFixture {
  return new CallFixture({
    ...options,
    campaign: { flowId: flow.id, ...options.campaign },
    document: { flows: [flow, ...others], prompts: PROMPTS, ...options.document },
  });
}

interface Walk {
  readonly caller: ScriptedCallerLeg;
  readonly done: Promise<void>;
}

export async function greeted(fixture: CallFixture): Promise<Walk> {
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(0);
  return { caller, done };
}

export async function press(fixture: CallFixture, caller: ScriptedCallerLeg, keys: string): Promise<void> {
  for (const key of keys) {
    caller.press(key);
    await fixture.clock.advance(200);
  }
}

export async function talkAndLeave(fixture: CallFixture, { caller, done }: Walk): Promise<void> {
  await fixture.clock.advance(3_000);
  caller.end();
  await fixture.clock.advance(400);
  await done;
}

export const played = (fixture: CallFixture): readonly string[] =>
  fixture.telephony.log.filter((line) => line.startsWith('play ')).map((line) => line.replace('/cache/', ''));
