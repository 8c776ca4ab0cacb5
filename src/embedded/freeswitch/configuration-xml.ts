/**
 * Reads FreeSWITCH's own configuration files: X-PRE-PROCESS set, env-set and include, `$${global}`, then one XML tree. The
 * embedded switch runs the files that the real server runs, so that both do the same. Called at start and by `reloadxml`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';

export interface XmlNode {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** Text directly inside the element, trimmed. */
  readonly text: string;
}

export interface GlobalsOptions {
  readonly globals: Map<string, string>;
  /** Names that the caller has set and no file may change. */
  readonly fixed: ReadonlySet<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Includes nested deeper than this are a circle. */
const MAX_INCLUDE_DEPTH = 20;
const DIRECTIVE = /<!--[\s\S]*?-->|<X-PRE-PROCESS\s+cmd="([^"]*)"\s+data="([^"]*)"\s*\/>|[^<]+|</g;

/** `folder/freeswitch.xml`, or, where there is none, the files in `folder/dialplan`. Rejects when neither can be read. */
export async function readConfiguration(folder: string, options: GlobalsOptions): Promise<XmlNode> {
  let text: string;
  try {
    text = await expandFile(join(folder, 'freeswitch.xml'), options, 0);
  } catch (error) {
    if (!isMissing(error)) throw error;
    text = await include(join(folder, 'dialplan/*.xml'), options, 0);
    if (text === '') throw new Error(`no freeswitch.xml and no dialplan in ${folder}`);
  }
  return parseXml(`<root>${text.replaceAll(/<\?xml[^>]*\?>/g, '')}</root>`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function expandFile(path: string, options: GlobalsOptions, depth: number): Promise<string> {
  if (depth > MAX_INCLUDE_DEPTH) throw new Error(`${path} is included in a circle`);
  const text = await readFile(path, 'utf8');
  let expanded = '';
  for (const [piece, command, data] of text.matchAll(DIRECTIVE)) {
    if (command === undefined || data === undefined)
      expanded += piece.startsWith('<!--') ? '' : withGlobals(piece, options.globals);
    else if (command === 'include')
      expanded += await include(join(dirname(path), withGlobals(data, options.globals)), options, depth);
    else setGlobal(command, data, options);
  }
  return expanded;
}

/** `set` gives a value; `env-set` gives that of an environment variable, if it is there. */
function setGlobal(command: string, data: string, options: GlobalsOptions): void {
  const equals = data.indexOf('=');
  if (equals <= 0 || (command !== 'set' && command !== 'env-set')) return;
  const name = data.slice(0, equals);
  if (options.fixed.has(name)) return;
  const text = data.slice(equals + 1);
  const value = command === 'set' ? withGlobals(text, options.globals) : options.environment[text.replace(/^\$/, '')];
  if (value !== undefined) options.globals.set(name, value);
}

function withGlobals(text: string, globals: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\$\{([^}]*)\}/g, (_match, name: string) => globals.get(name) ?? '');
}

/** A path whose last part may hold `*`; what cannot be listed holds nothing. */
async function include(pattern: string, options: GlobalsOptions, depth: number): Promise<string> {
  const folder = dirname(pattern);
  const last = pattern.slice(folder.length + 1);
  const matcher = new RegExp(`^${last.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  const names = (await readdir(folder).catch(() => [])).filter((name) => matcher.test(name)).sort();
  let text = '';
  for (const name of names) {
    const inner = await expandFile(join(folder, name), options, depth + 1);
    text += inner.replace(/^\s*(<\?xml[^>]*\?>)?\s*<include>/, '').replace(/<\/include>\s*$/, '');
  }
  return text;
}

/** Order matters in a dialplan, so the tree keeps it. */
export function parseXml(text: string): XmlNode {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: true,
    processEntities: true,
  });
  return toNode('', {}, parser.parse(text));
}

function toNode(tag: string, attributes: object, content: unknown): XmlNode {
  const children: XmlNode[] = [];
  let text = '';
  for (const item of Array.isArray(content) ? content : []) {
    if (typeof item !== 'object' || item === null) continue;
    const { ':@': itemAttributes = {}, ...rest } = item;
    const [entry] = Object.entries(rest);
    if (entry === undefined) continue;
    const [name, value] = entry;
    if (name === '#text') text += String(value);
    else if (!name.startsWith('?')) children.push(toNode(name, Object(itemAttributes), value));
  }
  const map = new Map(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
  return { tag, attributes: map, children, text: text.trim() };
}

/** Every element of this tag anywhere below. */
export function descendants(node: XmlNode, tag: string): XmlNode[] {
  return node.children.flatMap((child) => [...(child.tag === tag ? [child] : []), ...descendants(child, tag)]);
}

/** `<param name= value=>` of a configuration element, by name. */
export function parameters(node: XmlNode): Map<string, string> {
  const found = new Map<string, string>();
  for (const param of descendants(node, 'param')) {
    found.set(param.attributes.get('name') ?? '', param.attributes.get('value') ?? '');
  }
  return found;
}
