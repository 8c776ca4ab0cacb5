/**
 * Regular expressions as RE2 knows them: no back-references, no look-around, and no expression that can be made to stand still. Judges
 * those of a configuration, and is the engine that main.ts gives to the domain.
 */
import { RE2JS } from 're2js';
import type { Pattern } from '../../domain/routing/pattern.js';

/** Letters count as small ones, as in every other comparison. Null for what is no expression. */
export function linearPattern(source: string): Pattern | null {
  try {
    const compiled = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
    return { matches: (text) => compiled.matcher(text).find() };
  } catch {
    return null;
  }
}
