/**
 * What a caller is asked and told before his call is sold: a graph of nodes that an admin edits as data. Each node says by its
 * id where the caller goes next. `run-flow.ts` walks it; `flow-faults.ts` says what keeps it from being walked.
 */
import { assertNever } from '../assert-never.js';
import type { RequestShape } from '../bidding/bidder.js';
import type { Prompt } from '../prompts/prompt.js';
import type { Said } from '../prompts/said.js';
import type { Condition } from '../routing/condition.js';
import type { QueueTerms } from '../routing/queue.js';
import type { Schedule } from '../routing/schedule.js';
import type { Destination } from '../trunks/destination.js';

/** How keys are asked for. Every way on is the id of a node. */
export interface KeyTerms {
  readonly prompt: Said | null;
  /** A key cuts the prompt short; without it keys count once the prompt is over. */
  readonly isInterruptible: boolean;
  /** From the end of the prompt to the first key. */
  readonly timeoutMs: number;
  readonly maxTries: number;
  /** Said before the question comes again, by why it does. */
  readonly noInputPrompt: Said | null;
  readonly invalidPrompt: Said | null;
  /** Where the caller goes when his tries are used up, by what the last one was. */
  readonly onNoInput: string;
  readonly onInvalid: string;
}

export interface DigitTerms {
  readonly minDigits: number;
  readonly maxDigits: number;
  /** Between two digits. */
  readonly digitTimeoutMs: number;
  /** The key that ends the digits early; null for none. */
  readonly terminator: '#' | '*' | null;
}

export const DIGIT_FORMS = ['any', 'zip', 'phone-number'] as const;

export type DigitForm = (typeof DIGIT_FORMS)[number];

export interface MenuKey {
  readonly next: string;
  /** What the tag gets; the key itself when null. */
  readonly value: string | null;
  /** Words that mean this key when the caller says them; absent: its digit alone. */
  readonly says?: readonly string[];
}

/** A caller may say what he would press. Keys count all the same, and are all that counts where nothing can listen. */
export interface SpeechTerms {
  /** BCP 47, as the recogniser takes it: `en-US`. */
  readonly language: string;
  /** From 0 to 1: what the recogniser is less sure of is not understood. */
  readonly minConfidence: number;
}

export interface DialTerms {
  readonly trunkId: string | null;
  readonly ringTimeoutMs: number;
  /** Where the caller goes when nobody takes the call. */
  readonly onNoAnswer: string;
}

export interface WebhookCall {
  readonly request: RequestShape;
  readonly timeoutMs: number;
  /** Tags that are read from the answer, with the path to each. */
  readonly answers: Readonly<Record<string, string>>;
}

export type FlowNode =
  | { readonly kind: 'play'; readonly prompt: Said; readonly isInterruptible: boolean; readonly next: string }
  | ({
      readonly kind: 'menu';
      readonly keys: Readonly<Record<string, MenuKey>>;
      /** Null when the choice is not kept. */
      readonly tag: string | null;
      /** Absent: keys alone. */
      readonly speech?: SpeechTerms;
    } & KeyTerms)
  | ({
      readonly kind: 'gather';
      readonly tag: string;
      readonly form: DigitForm;
      readonly next: string;
      readonly speech?: SpeechTerms;
    } & KeyTerms &
      DigitTerms)
  | ({ readonly kind: 'directory'; readonly entries: Readonly<Record<string, Destination>> } & KeyTerms &
      Pick<DigitTerms, 'digitTimeoutMs' | 'terminator'> &
      DialTerms)
  | ({ readonly kind: 'dial'; readonly destination: Destination } & DialTerms)
  | {
      readonly kind: 'router';
      readonly routes: readonly { readonly when: Condition; readonly next: string }[];
      readonly otherwise: string;
    }
  | { readonly kind: 'hours'; readonly schedule: Schedule; readonly open: string; readonly closed: string }
  | { readonly kind: 'splitter'; readonly shares: readonly { readonly percent: number; readonly next: string }[] }
  | { readonly kind: 'set-tag'; readonly tag: string; readonly value: string; readonly next: string }
  | ({ readonly kind: 'webhook'; readonly next: string; readonly onFailure: string } & WebhookCall)
  | { readonly kind: 'hold'; readonly durationMs: number; readonly next: string }
  | ({
      readonly kind: 'queue';
      /** Whose targets are the members, rung as it says. */
      readonly planId: string;
      readonly onTimeout: string;
      readonly onFull: string;
      /** Where the key leads. */
      readonly onLeave: string;
    } & QueueTerms)
  /** The flow is over: the call is sold, with all that has been learned. */
  | { readonly kind: 'plan' }
  | { readonly kind: 'voicemail'; readonly prompt: Said | null; readonly limitMs: number }
  | { readonly kind: 'go-to-flow'; readonly flowId: string }
  | { readonly kind: 'block-caller'; readonly prompt: Said | null }
  | { readonly kind: 'hang-up'; readonly prompt: Said | null };

export interface Flow {
  readonly id: string;
  readonly name: string;
  /** Id of the first node. */
  readonly start: string;
  readonly nodes: Readonly<Record<string, FlowNode>>;
}

/** One way out of a node. */
export interface FlowExit {
  /** Inside the node, as the configuration file calls it. */
  readonly field: string;
  readonly to: string;
  /** Taken only by a caller who has pressed a key. */
  readonly needsKey: boolean;
}

const exit = (field: string, to: string, needsKey = false): FlowExit => ({ field, to, needsKey });

function refusals({ onNoInput, onInvalid }: KeyTerms): readonly FlowExit[] {
  return [exit('onNoInput', onNoInput), exit('onInvalid', onInvalid, true)];
}

export function exitsOf(node: FlowNode): readonly FlowExit[] {
  switch (node.kind) {
    case 'menu': {
      const keys = Object.entries(node.keys).map(([key, { next }]) => exit(`keys.${key}.next`, next, true));
      return [...keys, ...refusals(node)];
    }
    case 'gather':
      return [exit('next', node.next, true), ...refusals(node)];
    case 'directory':
      return [exit('onNoAnswer', node.onNoAnswer, true), ...refusals(node)];
    case 'dial':
      return [exit('onNoAnswer', node.onNoAnswer)];
    case 'router':
      return [
        ...node.routes.map(({ next }, at) => exit(`routes[${at}].next`, next)),
        exit('otherwise', node.otherwise),
      ];
    case 'hours':
      return [exit('open', node.open), exit('closed', node.closed)];
    case 'splitter':
      return node.shares.map(({ next }, at) => exit(`shares[${at}].next`, next));
    case 'webhook':
      return [exit('next', node.next), exit('onFailure', node.onFailure)];
    case 'queue':
      return [exit('onTimeout', node.onTimeout), exit('onFull', node.onFull), exit('onLeave', node.onLeave, true)];
    case 'play':
    case 'set-tag':
    case 'hold':
      return [exit('next', node.next)];
    case 'plan':
    case 'voicemail':
    case 'go-to-flow':
    case 'block-caller':
    case 'hang-up':
      return [];
    default:
      return assertNever(node);
  }
}

/** What a node may say, with the field in which it stands. */
export function saidBy(node: FlowNode): readonly { readonly field: string; readonly said: Said }[] {
  const { prompt = null } = 'prompt' in node ? node : {};
  const { noInputPrompt = null, invalidPrompt = null } = 'maxTries' in node ? node : {};
  return Object.entries({ prompt, noInputPrompt, invalidPrompt }).flatMap(([field, said]) => {
    return said === null ? [] : [{ field, said }];
  });
}

/** The tags that a node may set, without `ivr.`. */
export function tagsSetBy(node: FlowNode): readonly string[] {
  switch (node.kind) {
    case 'menu':
      return node.tag === null ? [] : [node.tag];
    case 'gather':
    case 'set-tag':
      return [node.tag];
    case 'webhook':
      return Object.keys(node.answers);
    default:
      return [];
  }
}

/** A text of a node as a prompt, so that it is spoken beforehand like any other. */
export function promptOfText(said: Extract<Said, { kind: 'text' }>): Prompt {
  return { id: `"${said.text.slice(0, 40)}"`, ...said };
}

/** The texts of a flow's own. */
export function textsOf(flow: Flow): readonly Prompt[] {
  const said = Object.values(flow.nodes).flatMap(saidBy);
  return said.flatMap((each) => (each.said.kind === 'text' ? [promptOfText(each.said)] : []));
}

/** The flow and those to which it leads, itself first. */
export function flowsReached(flow: Flow, flows: ReadonlyMap<string, Flow>): readonly Flow[] {
  const reached = new Map([[flow.id, flow]]);
  // A Map is walked in the order of insertion, also over what is put in meanwhile.
  for (const each of reached.values()) {
    for (const node of Object.values(each.nodes)) {
      const next = node.kind === 'go-to-flow' ? flows.get(node.flowId) : undefined;
      if (next !== undefined && !reached.has(next.id)) reached.set(next.id, next);
    }
  }
  return [...reached.values()];
}
