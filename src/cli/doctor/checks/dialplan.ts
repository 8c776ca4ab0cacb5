/** Whether FreeSWITCH has our dialplan, and the one of this version: every extension that the app sends calls to. */
import { join } from 'node:path';
import { packageRoot } from '../../../config/package-root.js';
import { descendants, readConfiguration, type XmlNode } from '../../../embedded/freeswitch/configuration-xml.js';
import type { MediaServerCheck } from '../check.js';
import { fault, listed, ok, warning } from '../finding.js';
import type { MediaServerQuestions } from '../media-server-questions.js';

const CONTEXT = 'ringpost';
const NEEDED = ['caller', 'hold', 'listen', 'unfetched', 'ending', 'message', 'voicemail', 'buyer'];

/** Extensions by name, each as text that is the same for the same actions. */
function extensionsOf(root: XmlNode): ReadonlyMap<string, string> {
  const context = descendants(root, 'context').find((node) => node.attributes.get('name') === CONTEXT);
  const extensions = context === undefined ? [] : descendants(context, 'extension');
  return new Map(extensions.map((node) => [node.attributes.get('name') ?? '', JSON.stringify(shapeOf(node))]));
}

function shapeOf({ tag, attributes, children }: XmlNode): object {
  return [tag, [...attributes].sort(), children.map(shapeOf)];
}

async function ours(): Promise<ReadonlyMap<string, string>> {
  const options = { globals: new Map<string, string>(), fixed: new Set<string>(), environment: {} };
  return extensionsOf(await readConfiguration(join(packageRoot(), 'freeswitch-conf'), options));
}

async function theirs(server: MediaServerQuestions): Promise<ReadonlyMap<string, string>> {
  return extensionsOf(await server.located(`dialplan context name ${CONTEXT}`));
}

export const checkDialplan: MediaServerCheck = {
  name: 'dialplan',
  async run(server, { config }) {
    const own = await ours();
    const extensions = config.engine === 'embedded' ? own : await theirs(server);
    const advice =
      'start FreeSWITCH with freeswitch-conf/ of this version, or copy its dialplan/ringpost.xml and run "reloadxml"';
    const missing = NEEDED.filter((name) => !extensions.has(name));
    if (missing.length > 0)
      return fault(`the dialplan has no extension ${listed(missing)} in the context ${CONTEXT}`, advice);
    const changed = NEEDED.filter((name) => extensions.get(name) !== own.get(name));
    if (changed.length > 0)
      return warning(`the dialplan differs from the one of this version in ${listed(changed)}`, advice);
    return ok(`the dialplan has ${listed(NEEDED)}, as this version brings them`);
  },
};
