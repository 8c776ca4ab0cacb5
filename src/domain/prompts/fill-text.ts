/** Texts with `{{tokens}}` in them that the flow fills with what is known of a call. Values are never read for tokens again. */
const TOKEN = /\{\{\s*([A-Za-z0-9_.-]{1,64})\s*\}\}/g;

/** A tag that the call does not have leaves nothing. */
export function fillText(template: string, tags: ReadonlyMap<string, string>): string {
  return template.replace(TOKEN, (_token, name: string) => tags.get(name) ?? '');
}

/** `{{name|number}}` of a bidder's template included. */
const NAMED = /\{\{\s*([A-Za-z0-9_.-]{1,64})\s*(?:\|\s*number\s*)?\}\}/g;

/** The names in the tokens of every text inside the value. */
export function tokensIn(value: unknown): readonly string[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return [...new Set([...text.matchAll(NAMED)].map((match) => match[1] ?? ''))];
}
