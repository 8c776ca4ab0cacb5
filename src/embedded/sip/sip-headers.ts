/**
 * The header fields of one SIP message, in the order they stand on the wire. Used by the parser, the stack and both halves
 * of the embedded switch. Values are binary strings: one character is one byte (latin1), so that bytes that are not UTF-8
 * leave exactly as they came. It never interprets a value beyond splitting a comma list.
 */
import { headerKey, headerSpelling } from './sip-header-names.js';

export interface SipHeader {
  /** The name as it was received or set. */
  readonly name: string;
  /** Lower-case long form of the name: what look-ups compare. */
  readonly key: string;
  readonly value: string;
}

export class SipHeaders {
  #entries: SipHeader[];

  constructor(entries: SipHeader[] = []) {
    this.#entries = entries;
  }

  /** The value of the first line with this name (any spelling, compact included). */
  get(name: string): string | undefined {
    const key = headerKey(name);
    for (const entry of this.#entries) if (entry.key === key) return entry.value;
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The value of every line with this name, comma lists not split. */
  getAll(name: string): string[] {
    const key = headerKey(name);
    const values: string[] = [];
    for (const entry of this.#entries) if (entry.key === key) values.push(entry.value);
    return values;
  }

  /** Every element of a comma list, over all lines with this name (RFC 3261 section 7.3.1), trimmed, empty ones left out. */
  list(name: string): string[] {
    const values: string[] = [];
    for (const value of this.getAll(name)) splitCommaList(value, values);
    return values;
  }

  /** Whether a comma list of tokens (`Supported`, `Require`, `Allow`) names this token; tokens compare without case. */
  includesToken(name: string, token: string): boolean {
    const wanted = token.toLowerCase();
    return this.list(name).some((element) => element.toLowerCase() === wanted);
  }

  /** Replaces the first line with this name in its place and removes the others; adds it at the end when there is none. */
  set(name: string, value: string): this {
    const key = headerKey(name);
    const at = this.#entries.findIndex((entry) => entry.key === key);
    const entry = { name: headerSpelling(name), key, value: oneLine(value) };
    if (at < 0) {
      this.#entries.push(entry);
      return this;
    }
    this.#entries = this.#entries.filter((other, index) => index <= at || other.key !== key);
    this.#entries[at] = entry;
    return this;
  }

  append(name: string, value: string): this {
    this.#entries.push({ name: headerSpelling(name), key: headerKey(name), value: oneLine(value) });
    return this;
  }

  /** Puts a line before all others: where the top Via and the top Route belong. */
  prepend(name: string, value: string): this {
    this.#entries.unshift({ name: headerSpelling(name), key: headerKey(name), value: oneLine(value) });
    return this;
  }

  delete(name: string): this {
    const key = headerKey(name);
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    return this;
  }

  /** Copies every line with this name from another message, keeping the order. */
  copyFrom(other: SipHeaders, name: string): this {
    const key = headerKey(name);
    for (const entry of other.#entries) if (entry.key === key) this.append(name, entry.value);
    return this;
  }

  entries(): readonly SipHeader[] {
    return this.#entries;
  }

  clone(): SipHeaders {
    return new SipHeaders(this.#entries.slice());
  }

  /** The header section as it goes on the wire, each line ended by CRLF, Content-Length left to the caller. */
  format(): string {
    let text = '';
    for (const entry of this.#entries) {
      if (entry.key !== 'content-length') text += `${entry.name}: ${entry.value}\r\n`;
    }
    return text;
  }
}

/** A value set by a program must not end its line early: CR and LF become one blank, so no header can be smuggled in. */
function oneLine(value: string): string {
  if (!value.includes('\n') && !value.includes('\r')) return value;
  return value.replace(/[\r\n]+[ \t]*/g, ' ').trimEnd();
}

/** Splits at the commas that stand outside quotes and angle brackets; one pass over the bytes. */
export function splitCommaList(value: string, into: string[] = []): string[] {
  if (!value.includes(',')) {
    const only = value.trim();
    if (only !== '') into.push(only);
    return into;
  }
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let at = 0; at <= value.length; at += 1) {
    const char = value.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at += 1;
      else if (char === 0x22) quoted = false;
      if (at < value.length) continue;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x3c) bracketed = true;
    else if (char === 0x3e) bracketed = false;
    if (at >= value.length || (char === 0x2c && !bracketed && !quoted)) {
      const element = value.slice(start, at).trim();
      if (element !== '') into.push(element);
      start = at + 1;
    }
  }
  return into;
}
