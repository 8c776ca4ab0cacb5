/** The `{name=value,name=value}` that may follow a recording command; url-decoded as FreeSWITCH decodes it. */
export function parseRecordingVariables(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const inside = /^\{(.*)\}$/s.exec(decode(text.trim()))?.[1];
  for (const pair of inside?.split(',') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0) variables.set(pair.slice(0, at).trim(), pair.slice(at + 1));
  }
  return variables;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
