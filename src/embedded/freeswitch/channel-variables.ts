/**
 * The variables of one channel and the expansion of `${...}` in what the dialplan and commands say. Values come from SIP
 * headers of strangers as well, so what an expansion brings in is never looked at again: one pass, no second one.
 */

interface Entry {
  readonly name: string;
  value: string;
}

export class ChannelVariables {
  /** Keyed by the lower-case name: variables are an event's headers in FreeSWITCH and found in any case. */
  readonly #entries = new Map<string, Entry>();

  get(name: string): string | null {
    return this.#entries.get(name.toLowerCase())?.value ?? null;
  }

  /** Sets without a look at the value; null or '' removes the variable. */
  set(name: string, value: string | null): void {
    const key = name.toLowerCase();
    this.#entries.delete(key);
    if (value !== null && value !== '') this.#entries.set(key, { name, value });
  }

  /** `switch_channel_set_variable`: a value that contains `${` is refused, as a reader may expand it. */
  setChecked(name: string, value: string | null): boolean {
    if (value !== null && hasVariable(value)) return false;
    this.set(name, value);
    return true;
  }

  isTrue(name: string): boolean {
    return switchTrue(this.get(name));
  }

  entries(): IterableIterator<Readonly<Entry>> {
    return this.#entries.values();
  }
}

/** `switch_true`: yes, on, true, t, enabled, active, allow, or a number other than 0. */
export function switchTrue(value: string | null | undefined): boolean {
  if (value === null || value === undefined) return false;
  const word = value.toLowerCase();
  if (['yes', 'on', 'true', 't', 'enabled', 'active', 'allow'].includes(word)) return true;
  return /^-?\d+(\.\d+)?$/.test(word) && Number.parseInt(word, 10) !== 0;
}

/** `switch_string_var_check_const`: a `$` followed, backslashes aside, by `{`. */
export function hasVariable(value: string): boolean {
  return /\$\\*\{/.test(value);
}

/** What an expansion asks: a variable by name, or a function such as `${cond(1 == 1 ? a : b)}`. */
export interface ExpansionSource {
  variable(name: string): string | null;
  /** Null when there is no such function; then nothing is written, as an unknown API writes nothing useful. */
  call(name: string, argument: string): string | null;
}

/**
 * `switch_channel_expand_variables`: `${name}`, `${name:offset:length}`, `$${global}`, `${function(argument)}`; `\$`
 * writes a dollar sign, `\\` a backslash. What is unknown becomes nothing.
 */
export function expandVariables(text: string, source: ExpansionSource, depth = 0): string {
  if (depth > 10 || (!hasVariable(text) && !/\\[\\'$]/.test(text))) return text;
  let expanded = '';
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? '';
    const next = text[index + 1] ?? '';
    if (character === '\\' && next === "'") {
      expanded += "'";
      index += 2;
    } else if (character === '\\' && (next === '$' || next === '\\')) {
      expanded += next;
      index += 2;
    } else {
      const open = openingLength(text, index);
      const close = open === 0 ? -1 : closingBrace(text, index + open);
      if (close === -1) {
        expanded += character;
        index += 1;
      } else {
        expanded += expandOne(text.slice(index + open, close), source, depth);
        index = close + 1;
      }
    }
  }
  return expanded;
}

/** The length of `${` or `$${` at the index, else 0. */
function openingLength(text: string, index: number): number {
  if (text.startsWith('${', index)) return 2;
  return text.startsWith('$${', index) ? 3 : 0;
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1;
    if (text[index] === '}') depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}

/** The inside of the braces may itself hold `${...}`, written by the dialplan: only that text is expanded, never a value. */
function expandOne(inside: string, source: ExpansionSource, depth: number): string {
  const call = /^([^\s(:]+)(?:\s+|\s*\()([\s\S]*?)\)?$/.exec(inside);
  if (call !== null && /[\s(]/.test(inside)) {
    const argument = expandVariables(call[2] ?? '', source, depth + 1);
    return source.call(call[1] ?? '', argument) ?? '';
  }
  const [name = '', offsetText = '0', lengthText = '0'] = expandVariables(inside, source, depth + 1).split(':');
  const value = source.variable(name.replace(/\[\d*\]$/, '')) ?? '';
  const offset = Number.parseInt(offsetText, 10) || 0;
  const length = Number.parseInt(lengthText, 10) || 0;
  const tail = offset >= 0 ? value.slice(offset) : value.slice(Math.max(0, value.length + offset));
  return length > 0 && length < tail.length ? tail.slice(0, length) : tail;
}
