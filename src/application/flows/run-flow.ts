/**
 * Walks a caller through the flow of his campaign, node by node, until he is sent on to be sold, the flow ends the call, or he
 * leaves. Called once he has been greeted. Straight-line: each node is done and says where he goes next.
 */
import { assertNever } from '../../domain/assert-never.js';
import { withCalendars } from '../../domain/campaigns/configuration.js';
import type { Flow, FlowNode } from '../../domain/flows/flow.js';
import { fillText } from '../../domain/prompts/fill-text.js';
import { holds } from '../../domain/routing/condition.js';
import { describeMoment, isOpenAt } from '../../domain/routing/schedule.js';
import type { AnsweredCall } from '../calls/answer-call.js';
import type { CallContext } from '../calls/call-context.js';
import type { RoutedEnding } from '../calls/call-ending.js';
import { untilAborted } from '../calls/call-scope.js';
import { serverOfPlan } from '../plans/plan-server.js';
import type { Sale } from '../sale/sell-call.js';
import { type Asked, askDigits, askKey, formCheck, type KeyCheck } from './ask-keys.js';
import { blockCaller, dialFromFlow, hangUp, leaveVoicemail } from './flow-endings.js';
import { FlowRun } from './flow-run.js';
import type { KeyPad } from './key-pad.js';
import { digitsByVoice, menuByVoice } from './voice-answer.js';
import { waitInLine } from './wait-in-line.js';

export type FlowEnd =
  /** He is to be sold; he hears the music. */
  | { readonly kind: 'plan' }
  | { readonly kind: 'ended'; readonly ending: RoutedEnding }
  /** A member of a queue has talked to him. */
  | { readonly kind: 'sold'; readonly sale: Extract<Sale, { kind: 'sold' }> }
  | { readonly kind: 'caller-gone' }
  /** The flow came to nothing: the fallback chain is next. */
  | { readonly kind: 'astray'; readonly detail: string };

/** Where he goes: to a node of this flow, into another flow, or out. */
type Step = { readonly next: string } | { readonly flowId: string } | FlowEnd;

/** A flow that is checked asks for a key in each round, so that only a caller who never tires comes near these. */
const MOST_NODES = 200;
const LONGEST_FLOW_MS = 900_000;

/** Where a caller stays for a while: whoever carries his call on, and the record, must know that he came so far. */
const STAYS: ReadonlySet<FlowNode['kind']> = new Set(['menu', 'gather', 'directory', 'hold', 'queue']);

const GONE: FlowEnd = { kind: 'caller-gone' };

type NodeOf<Kind extends FlowNode['kind']> = Extract<FlowNode, { kind: Kind }>;

/** `onKeys` says where good keys lead. */
function wayOn(asked: Asked, node: NodeOf<'menu' | 'gather' | 'directory'>, onKeys: (keys: string) => Step): Step {
  switch (asked.kind) {
    case 'keys':
      return onKeys(asked.keys);
    case 'no-input':
      return { next: node.onNoInput };
    case 'invalid':
      return { next: node.onInvalid };
    case 'caller-gone':
      return GONE;
    default:
      return assertNever(asked);
  }
}

async function menu(run: FlowRun, node: NodeOf<'menu'>): Promise<Step> {
  const keyOf = (key: string) => (Object.hasOwn(node.keys, key) ? node.keys[key] : undefined);
  const check: KeyCheck = (key) => (keyOf(key) === undefined ? 'a key that leads nowhere' : null);
  const asked = await askKey(run, node, check, menuByVoice(node));
  return wayOn(asked, node, (key) => {
    const chosen = keyOf(key);
    const value = chosen?.value ?? key;
    if (node.tag !== null) run.answer(node.tag, value);
    run.tell(node.tag === null ? 'a key was pressed' : `ivr.${node.tag} is known`, { tag: node.tag });
    return { next: chosen?.next ?? node.onInvalid };
  });
}

async function gather(run: FlowRun, node: NodeOf<'gather'>): Promise<Step> {
  const { deps, configuration, journal } = run.context;
  const country = configuration.trunks.get(journal.call.trunkId ?? '')?.defaultCountry ?? 'US';
  const asked = await askDigits(
    run,
    node,
    formCheck(node.form, (text) => deps.numbers.toE164(text, country)),
    digitsByVoice(node),
  );
  return wayOn(asked, node, (digits) => {
    const value = node.form === 'phone-number' ? (deps.numbers.toE164(digits, country) ?? digits) : digits;
    run.answer(node.tag, value);
    run.tell(`ivr.${node.tag} is known, ${digits.length} digits`, { tag: node.tag, digits: digits.length });
    return { next: node.next };
  });
}

async function directory(run: FlowRun, node: NodeOf<'directory'>): Promise<Step> {
  const maxDigits = Math.max(...Object.keys(node.entries).map(({ length }) => length));
  const check: KeyCheck = (digits) => (Object.hasOwn(node.entries, digits) ? null : 'an extension that is not known');
  const asked = await askDigits(run, { ...node, minDigits: 1, maxDigits }, check);
  if (asked.kind !== 'keys') return wayOn(asked, node, () => GONE);
  const destination = node.entries[asked.keys];
  if (destination === undefined) return { next: node.onInvalid };
  return await dialled(run, { ...node, destination });
}

async function dialled(run: FlowRun, terms: Parameters<typeof dialFromFlow>[1]): Promise<Step> {
  const ending = await dialFromFlow(run, terms);
  if (ending !== null) return { kind: 'ended', ending };
  return run.isOver ? GONE : { next: terms.onNoAnswer };
}

function router(run: FlowRun, node: NodeOf<'router'>): Step {
  const { tags } = run;
  const found = node.routes.findIndex(({ when }) => holds(when, tags));
  const next = node.routes[found]?.next ?? node.otherwise;
  run.tell(found === -1 ? `no condition holds; on to ${next}` : `condition ${found + 1} holds; on to ${next}`, {
    next,
  });
  return { next };
}

function hours(run: FlowRun, node: NodeOf<'hours'>): Step {
  const { configuration, journal } = run.context;
  const { schedule } = withCalendars(node, configuration.calendars);
  const now = journal.wallMs();
  const isOpen = isOpenAt(schedule, now);
  const next = isOpen ? node.open : node.closed;
  run.tell(`${isOpen ? 'open' : 'closed'}, ${describeMoment(schedule, now)}; on to ${next}`, { next });
  return { next };
}

function split(run: FlowRun, node: NodeOf<'splitter'>): Step {
  let left = run.context.deps.random() * 100;
  const drawn = node.shares.find(({ percent }) => {
    left -= percent;
    return left < 0;
  });
  const next = (drawn ?? node.shares.at(-1))?.next ?? '';
  run.tell(`drawn by share; on to ${next}`, { next });
  return { next };
}

async function webhook(run: FlowRun, node: NodeOf<'webhook'>): Promise<Step> {
  const { deps, scope } = run.context;
  const tokens = { ...Object.fromEntries(run.tags), call_id: run.context.journal.call.callId };
  const { request, answers, timeoutMs } = node;
  const outcome = await deps.flowRequests.send({ request, answers, timeoutMs, tokens, signal: scope.signal });
  if (run.isOver) return GONE;
  if (outcome.kind === 'failed') {
    run.tell(`the webhook failed: ${outcome.detail}; on to ${node.onFailure}`, { next: node.onFailure });
    return { next: node.onFailure };
  }
  const values = Object.entries(outcome.values);
  for (const [tag, value] of values) run.answer(tag, value);
  run.tell(`the webhook answers ${outcome.status}, ${values.length} tags are known`, { status: outcome.status });
  return { next: node.next };
}

async function hold(run: FlowRun, node: NodeOf<'hold'>): Promise<Step> {
  const { deps, scope } = run.context;
  await run.caller.hold();
  let stopTimer = (): void => undefined;
  const elapsed = new Promise<void>((resolve) => {
    stopTimer = deps.clock.startTimer(node.durationMs, resolve);
  });
  await untilAborted(scope.signal, elapsed);
  stopTimer();
  return { next: node.next };
}

async function queue(run: FlowRun, node: NodeOf<'queue'>): Promise<Step> {
  const server = serverOfPlan(run.context, run.answered, node.planId);
  if (server === null) {
    run.tell(`there is no plan ${node.planId}`);
    return { next: node.onFull };
  }
  const tell: FlowRun['tell'] = (text, data) => run.tell(text, data);
  const waited = await waitInLine({ name: `${run.flow.id}/${run.nodeId}`, talk: run, terms: node, server, tell });
  switch (waited.kind) {
    case 'served':
      return { kind: 'sold', sale: waited.served };
    case 'left':
      run.tell(`the caller leaves the queue by his key; on to ${node.onLeave}`);
      return { next: node.onLeave };
    case 'caller-gone':
      return GONE;
    case 'full':
      return { next: node.onFull };
    case 'timeout':
      run.tell(`nobody was free within ${Math.round(node.maxWaitMs / 1_000)} s; on to ${node.onTimeout}`);
      return { next: node.onTimeout };
    default:
      return assertNever(waited);
  }
}

async function play(run: FlowRun, node: NodeOf<'play'>): Promise<Step> {
  await run.say(node.prompt, node.isInterruptible);
  return { next: node.next };
}

async function step(run: FlowRun, node: FlowNode): Promise<Step> {
  switch (node.kind) {
    case 'play':
      return await play(run, node);
    case 'menu':
      return await menu(run, node);
    case 'gather':
      return await gather(run, node);
    case 'directory':
      return await directory(run, node);
    case 'dial':
      return await dialled(run, node);
    case 'router':
      return router(run, node);
    case 'hours':
      return hours(run, node);
    case 'splitter':
      return split(run, node);
    case 'set-tag':
      run.answer(node.tag, fillText(node.value, run.tags));
      return { next: node.next };
    case 'webhook':
      return await webhook(run, node);
    case 'hold':
      return await hold(run, node);
    case 'queue':
      return await queue(run, node);
    case 'plan':
      await run.caller.hold();
      return { kind: 'plan' };
    case 'go-to-flow':
      return { flowId: node.flowId };
    case 'voicemail':
      return ended(await leaveVoicemail(run, node), 'no voicemail could be taken');
    case 'block-caller':
      await blockCaller(run);
      return ended(await hangUp(run, node.prompt, 'CALL_REJECTED'), '');
    case 'hang-up':
      return ended(await hangUp(run, node.prompt, 'NORMAL_CLEARING'), '');
    default:
      return assertNever(node);
  }
}

function ended(ending: RoutedEnding | null, detail: string): FlowEnd {
  return ending === null ? { kind: 'astray', detail } : { kind: 'ended', ending };
}

/** Walks until there is an end. */
async function walk(run: FlowRun): Promise<FlowEnd> {
  const { context } = run;
  const { flows } = context.configuration;
  const endsMs = context.deps.clock.monotonicMs() + LONGEST_FLOW_MS;
  for (let count = 0; count < MOST_NODES; count += 1) {
    if (run.isOver) return GONE;
    if (context.deps.clock.monotonicMs() > endsMs) break;
    const { flow, nodeId } = run;
    const node = Object.hasOwn(flow.nodes, nodeId) ? flow.nodes[nodeId] : undefined;
    if (node === undefined) return { kind: 'astray', detail: `flow ${flow.id} has no node ${nodeId}` };
    run.tell(node.kind);
    if (STAYS.has(node.kind)) context.journal.checkpoint();
    const taken = await step(run, node);
    await run.untilLeft();
    if ('kind' in taken) return run.isOver && taken.kind !== 'ended' && taken.kind !== 'sold' ? GONE : taken;
    if ('next' in taken) run.enter(flow, taken.next);
    else {
      const other = flows.get(taken.flowId);
      if (other === undefined) return { kind: 'astray', detail: `there is no flow ${taken.flowId}` };
      run.enter(other, other.start);
    }
  }
  return { kind: 'astray', detail: 'the caller went round in the flow for too long' };
}

export async function runFlow(
  context: CallContext,
  answered: AnsweredCall,
  keys: KeyPad,
  flow: Flow,
): Promise<FlowEnd> {
  const run = new FlowRun(context, answered, keys, flow);
  run.enter(flow, flow.start);
  // Whoever carries the call on must know that he may be in silence.
  context.journal.checkpoint();
  await untilAborted(context.scope.signal, answered.leg.greeted);
  const end = await walk(run);
  if (end.kind === 'caller-gone') run.noteKeys();
  else run.finish();
  return end;
}
