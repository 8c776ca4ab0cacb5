/**
 * The XML dialplan: finds the extension for a channel and the steps it has, as mod_dialplan_xml.c does. All conditions are
 * judged before the first action runs; what an action says is expanded when it runs. Also the `inline` dialplan, which a
 * transfer may name: `application:argument,application:argument`.
 */
import { executeApplication } from './application-runner.js';
import { profileField } from './caller-profile.js';
import type { Channel, DialplanStep } from './channel.js';
import { expandVariables, switchTrue } from './channel-variables.js';
import { descendants, type XmlNode } from './configuration-xml.js';
import { expansionSource } from './expansion-functions.js';
import type { Dialplan, SwitchCore } from './switch-core.js';

interface Action {
  readonly application: string;
  readonly data: string;
  readonly isInline: boolean;
  readonly loops: number;
}

type Break = 'on-false' | 'on-true' | 'always' | 'never';

interface Condition {
  /** Null: an absolute condition, which always holds. */
  readonly field: string | null;
  readonly expression: string;
  readonly breaks: Break;
  readonly actions: readonly Action[];
  readonly antiActions: readonly Action[];
}

interface Extension {
  readonly name: string;
  readonly continues: boolean;
  readonly conditions: readonly Condition[];
}

export type Contexts = ReadonlyMap<string, readonly Extension[]>;

export function parseContexts(root: XmlNode): Contexts {
  const contexts = new Map<string, Extension[]>();
  for (const context of descendants(root, 'context')) {
    const name = context.attributes.get('name') ?? '';
    const extensions = contexts.get(name) ?? [];
    for (const node of context.children) {
      if (node.tag === 'extension') extensions.push(parseExtension(node));
    }
    contexts.set(name, extensions);
  }
  return contexts;
}

function parseExtension(node: XmlNode): Extension {
  return {
    name: node.attributes.get('name') ?? '_anon_',
    continues: switchTrue(node.attributes.get('continue')),
    conditions: node.children.filter((child) => child.tag === 'condition').map(parseCondition),
  };
}

function parseCondition(node: XmlNode): Condition {
  const breaks = node.attributes.get('break')?.toLowerCase();
  return {
    field: node.attributes.get('field') ?? null,
    expression:
      node.children.find((child) => child.tag === 'expression')?.text ?? node.attributes.get('expression') ?? '',
    breaks: breaks === 'on-true' || breaks === 'always' || breaks === 'never' ? breaks : 'on-false',
    actions: node.children.filter((child) => child.tag === 'action').map(parseAction),
    antiActions: node.children.filter((child) => child.tag === 'anti-action').map(parseAction),
  };
}

function parseAction(node: XmlNode): Action {
  return {
    application: node.attributes.get('application') ?? '',
    data: node.text !== '' ? node.text : (node.attributes.get('data') ?? ''),
    isInline: switchTrue(node.attributes.get('inline')),
    loops: Number.parseInt(node.attributes.get('loop') ?? '1', 10) || 1,
  };
}

/** Says at construction and at each reload where the contexts come from. */
export class XmlDialplan implements Dialplan {
  readonly #load: () => Promise<Contexts>;
  #contexts: Contexts;

  private constructor(contexts: Contexts, load: () => Promise<Contexts>) {
    this.#contexts = contexts;
    this.#load = load;
  }

  static async create(load: () => Promise<Contexts>): Promise<XmlDialplan> {
    return new XmlDialplan(await load(), load);
  }

  async reload(): Promise<string> {
    try {
      this.#contexts = await this.#load();
      return 'Success';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async hunt(core: SwitchCore, channel: Channel): Promise<DialplanStep[] | null> {
    if (channel.profile.dialplan.toLowerCase() === 'inline') return inlineSteps(channel.profile.destinationNumber);
    const extensions = this.#contexts.get(channel.profile.context) ?? this.#contexts.get('global');
    if (extensions === undefined) return null;
    const steps: DialplanStep[] = [];
    let hasActions = false;
    for (const extension of extensions) {
      const result = await judgeExtension(core, channel, extension, steps);
      hasActions ||= result.hasActions;
      if (result.proceed && !extension.continues) break;
    }
    return hasActions ? steps : null;
  }
}

function inlineSteps(destination: string): DialplanStep[] | null {
  const steps = destination.split(',').map((part) => {
    const colon = part.indexOf(':');
    return colon === -1
      ? { application: part.trim(), argument: '' }
      : { application: part.slice(0, colon).trim(), argument: part.slice(colon + 1) };
  });
  return steps.length === 0 || steps[0]?.application === '' ? null : steps;
}

async function judgeExtension(
  core: SwitchCore,
  channel: Channel,
  extension: Extension,
  steps: DialplanStep[],
): Promise<{ proceed: boolean; hasActions: boolean }> {
  let proceed = false;
  let hasActions = false;
  for (const condition of extension.conditions) {
    const match = judgeCondition(core, channel, condition);
    const actions = match === null ? condition.antiActions : condition.actions;
    proceed = match !== null || condition.antiActions.length > 0;
    for (const action of actions) {
      hasActions = true;
      await addAction(core, channel, action, match, steps);
    }
    const isEnd = match === null ? condition.breaks === 'on-false' : condition.breaks === 'on-true';
    if (isEnd || condition.breaks === 'always') break;
  }
  return { proceed, hasActions };
}

/** Null: the condition does not hold; else what the expression captured. */
function judgeCondition(core: SwitchCore, channel: Channel, condition: Condition): readonly string[] | null {
  if (condition.field === null) return [];
  const source = expansionSource(core, channel);
  const value = condition.field.includes('$')
    ? expandVariables(condition.field, source)
    : (profileField(channel.profile, condition.field) ?? '');
  const match = compile(expandVariables(condition.expression, source))?.exec(value) ?? null;
  return match === null ? null : [...match].map((group) => group ?? '');
}

/** PCRE as dialplans use it is JavaScript's as well; `/expression/i` carries options. Broken ones match nothing. */
function compile(expression: string): RegExp | null {
  const withOptions = /^\/(.*)\/([imsx]*)$/s.exec(expression);
  try {
    if (withOptions === null) return new RegExp(expression);
    return new RegExp(withOptions[1] ?? '', withOptions[2]?.replaceAll('x', '') ?? '');
  } catch {
    return null;
  }
}

async function addAction(
  core: SwitchCore,
  channel: Channel,
  action: Action,
  match: readonly string[] | null,
  steps: DialplanStep[],
): Promise<void> {
  const captures = match ?? [];
  const argument =
    captures.length > 0
      ? action.data.replaceAll(/\$(\d{1,2})/g, (text, digits: string) => captures[Number(digits)] ?? text)
      : action.data;
  const application = core.applications.get(action.application.toLowerCase());
  for (let round = 0; round < action.loops; round += 1) {
    if (!action.isInline) steps.push({ application: action.application, argument });
    else if (application?.runsInline === true) await executeApplication(core, channel, action.application, argument);
  }
}
