/**
 * Splits the argument text of commands and applications the way `switch_separate_string` does: a delimiter, single
 * quotes that keep it, backslash escapes, and at most so many parts, the last of which takes the rest. Used by all APIs and
 * applications; it never expands anything.
 */

/** `^^|a|b` at the front changes the delimiter to what follows the carets. */
export function separate(text: string, delimiter: string, maxParts: number): string[] {
  if (text.startsWith('^^') && text.length > 2) return separate(text.slice(3), text[2] ?? ' ', maxParts);
  if (text === '') return [];
  return delimiter === ' ' ? separateByBlank(text, maxParts) : separateByCharacter(text, delimiter, maxParts);
}

function separateByBlank(text: string, maxParts: number): string[] {
  const parts: string[] = [];
  let index = 0;
  while (parts.length < maxParts) {
    while (text[index] === ' ') index += 1;
    if (index >= text.length) break;
    if (parts.length === maxParts - 1) {
      parts.push(cleanUp(text.slice(index).trimEnd()));
      break;
    }
    const end = endOfPart(text, index, ' ');
    parts.push(cleanUp(text.slice(index, end)));
    index = end;
  }
  return parts;
}

function separateByCharacter(text: string, delimiter: string, maxParts: number): string[] {
  const parts: string[] = [];
  let index = 0;
  while (parts.length < maxParts - 1) {
    const end = endOfPart(text, index, delimiter);
    parts.push(cleanUp(text.slice(index, end)));
    if (end >= text.length) return parts;
    index = end + 1;
  }
  parts.push(cleanUp(text.slice(index)));
  return parts;
}

/** The next delimiter outside single quotes; a backslash guards the character after it. */
function endOfPart(text: string, from: number, delimiter: string): number {
  let quoted = false;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\') index += 1;
    else if (character === "'" && (quoted || text.indexOf("'", index + 1) !== -1)) quoted = !quoted;
    else if (character === delimiter && !quoted) return index;
  }
  return text.length;
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', s: ' ' };

function cleanUp(part: string): string {
  const text = part.replaceAll(/^ +| +$/g, '');
  if (!text.includes("'") && !text.includes('\\')) return text;
  // Quotes go in pairs; one alone is an apostrophe.
  const body = text.replaceAll(
    /\\(.)|'([^']*)'/gs,
    (match, escaped: string | undefined, quoted: string | undefined) => {
      if (quoted !== undefined) return quoted;
      return ESCAPED[escaped ?? ''] ?? (escaped === "'" || escaped === '"' || escaped === '\\' ? escaped : match);
    },
  );
  return body;
}
