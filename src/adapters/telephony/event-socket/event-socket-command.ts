/**
 * The only way to write a command for FreeSWITCH. Each word must come from a small alphabet, so that no caller, bidder or
 * file name can end a command and begin another; what does not fit is refused, never escaped.
 */
export class CommandRefusedError extends Error {
  override readonly name = 'CommandRefusedError';
  constructor(what: string) {
    super(`${what} cannot stand in an event-socket command`);
  }
}

declare const commandBrand: unique symbol;

/** A line that `command` has built. */
export interface ApiCommand {
  readonly [commandBrand]?: never;
  readonly name: string;
  readonly args: string;
}

// No space, quote, backslash, line end, `$`, `{`, `}`, `[`, `]`, `;`, `|`, `!` or `^`: FreeSWITCH gives each of them a meaning somewhere.
const WORD_FORM = /^[A-Za-z0-9_.,:/+*#@%()=~-]{1,600}$/;
const FILE_FORM = /^(?:\/|tone_stream:\/\/|silence_stream:\/\/|local_stream:\/\/)[A-Za-z0-9_.,:/+@%()=~-]{1,500}$/;

/** Throws CommandRefusedError when a word has a character outside of the alphabet. */
export function command(name: string, ...words: readonly string[]): ApiCommand {
  for (const word of [name, ...words]) {
    if (!WORD_FORM.test(word)) throw new CommandRefusedError(`a word of ${name.replace(/\W/g, '')}`);
  }
  return { name, args: words.join(' ') };
}

/** An absolute path, or a tone, silence or local stream. `..` is refused too. */
export function isPlayable(path: string): boolean {
  return FILE_FORM.test(path) && !path.includes('..');
}

const REPEATABLE: ReadonlySet<string> = new Set(
  ['exists', 'getvar', 'setvar', 'kill', 'record', 'transfer'].map((verb) => `uuid_${verb}`).concat('sofia'),
);

/** Whether it may be given twice: then it is sent again when its connection was lost before the answer. */
export function isRepeatable({ name }: ApiCommand): boolean {
  return REPEATABLE.has(name);
}
