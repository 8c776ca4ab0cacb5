/**
 * Entries as they may be shown: passwords, keys and paths of this machine are taken out, and put back when an entry comes
 * again with what was shown in their place. Used by the ConfigurationChecker; `ringpost export` shows everything.
 */
import { basename } from 'node:path';
import type { SectionName } from '../../domain/campaigns/configuration.js';
import { isFields } from './check-shape.js';

/** Stands where a secret is. */
export const HIDDEN = '(secret)';

const HARMLESS_HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'user-agent']);
const SECRET_FIELD = /key|token|secret|pass|auth|sign|publisher_id|source_id/i;
/** Long words with a digit in them, as keys and ids of networks are. */
const RANDOM_WORD = /^(?=.*\d)[A-Za-z0-9_-]{16,}(?:\.json)?$/;
const HAS_TOKEN = /\{\{/;

function hideInUrl(url: string): string {
  const [path = '', ...query] = url.split('?');
  const steps = path.split('/').map((step, index) => (index > 2 && RANDOM_WORD.test(step) ? HIDDEN : step));
  const values = query.join('?').replace(/=([^&#{}]+)(?=[&#]|$)/g, `=${HIDDEN}`);
  return query.length === 0 ? steps.join('/') : `${steps.join('/')}?${values}`;
}

function hideInFields(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => hideInFields(item, name));
  if (isFields(value)) return mapFields(value, hideInFields);
  const isText = typeof value === 'string';
  if (!isText && typeof value !== 'number') return value;
  if (isText && HAS_TOKEN.test(value)) return value;
  return SECRET_FIELD.test(name) || RANDOM_WORD.test(String(value)) ? HIDDEN : value;
}

type Fields = Readonly<Record<string, unknown>>;

function mapFields(fields: Fields, change: (value: unknown, name: string) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value, name)]));
}

function hideInRequest(request: unknown): unknown {
  if (!isFields(request)) return request;
  return mapFields(request, (value, name) => {
    if (name === 'url' && typeof value === 'string') return hideInUrl(value);
    if (name === 'headers' && isFields(value)) {
      return mapFields(value, (text, header) => (HARMLESS_HEADERS.has(header.toLowerCase()) ? text : HIDDEN));
    }
    if (name === 'signature' && isFields(value))
      return mapFields(value, (text, field) => (field === 'key' || field === 'secret' ? HIDDEN : text));
    return name === 'fields' ? hideInFields(value, '') : value;
  });
}

const HIDE: Partial<Record<SectionName, (value: unknown, name: string) => unknown>> = {
  trunks: (value, name) =>
    name === 'credentials' && isFields(value)
      ? mapFields(value, (text, field) => (field === 'password' ? HIDDEN : text))
      : value,
  bidders: (value, name) =>
    name === 'dialect' && isFields(value)
      ? mapFields(value, (part, field) => (field === 'ping' || field === 'post' ? hideInRequest(part) : part))
      : value,
  campaigns: (value, name) =>
    name === 'voicemailWebhook' && isFields(value)
      ? mapFields(value, (text, field) => {
          if (field === 'secret') return HIDDEN;
          return field === 'url' && typeof text === 'string' ? hideInUrl(text) : text;
        })
      : value,
  prompts: (value, name) =>
    name === 'file' && typeof value === 'string' && !value.startsWith('builtin:') ? basename(value) : value,
};

export function hideSecrets(section: SectionName, entry: Fields): Fields {
  const hide = HIDE[section];
  return hide === undefined ? entry : mapFields(entry, hide);
}

/** `sent` with the kept value wherever it holds what was shown in its place. */
export function restoreSecrets(sent: unknown, shown: unknown, kept: unknown): unknown {
  if (Array.isArray(sent) && Array.isArray(shown) && Array.isArray(kept)) {
    return sent.map((item: unknown, index) => restoreSecrets(item, shown[index], kept[index]));
  }
  if (isFields(sent) && isFields(shown) && isFields(kept)) {
    return mapFields(sent, (value, name) =>
      Object.hasOwn(shown, name) ? restoreSecrets(value, shown[name], kept[name]) : value,
    );
  }
  return typeof sent === 'string' && sent === shown ? kept : sent;
}

/** Where the placeholder still stands, so that nothing is kept to put there. */
export function placeholdersIn(value: unknown, path: string): readonly string[] {
  if (typeof value === 'string') return value.includes(HIDDEN) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => placeholdersIn(item, `${path}[${index}]`));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => placeholdersIn(item, path === '' ? name : `${path}.${name}`));
}
