/** The fields of a ping in another network's shape, from query and body alike, by their names in small letters. */

export type SentFields = ReadonlyMap<string, string>;

/** The first of a name that stands twice. What is neither text, number nor truth value is passed over. */
export function sentFields(...parts: readonly unknown[]): SentFields {
  const fields = new Map<string, string>();
  for (const part of parts) {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) continue;
    for (const [name, sent] of Object.entries(part)) {
      const value: unknown = Array.isArray(sent) ? sent[0] : sent;
      if (!['string', 'number', 'boolean'].includes(typeof value) || fields.has(name.toLowerCase())) continue;
      fields.set(name.toLowerCase(), String(value));
    }
  }
  return fields;
}

/** What the networks call things that we have one name for. */
const OUR_NAMES: Readonly<Record<string, string>> = {
  zipcode: 'zip',
  zip_code: 'zip',
  caller_zip: 'zip',
  caller_state: 'state',
};

/** Every field but those that the network itself gives a meaning; empty ones are as good as missing. */
export function tagsIn(fields: SentFields, reserved: ReadonlySet<string>): Readonly<Record<string, string>> {
  const tags = [...fields].filter(([name, value]) => !reserved.has(name) && value !== '');
  return Object.fromEntries(tags.map(([name, value]) => [OUR_NAMES[name] ?? name, value]));
}

/** Null when it is missing or empty. */
export function textIn(fields: SentFields, name: string): string | null {
  const value = fields.get(name)?.trim() ?? '';
  return value === '' ? null : value;
}
