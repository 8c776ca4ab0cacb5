/** What is wrong with the words of a menu's keys: nobody listens for them, they hold no word, or two keys share them. Called by flow-faults.ts. */
import type { FlowNode } from './flow.js';
import { wordsOf } from './spoken-answer.js';

interface PhraseFault {
  /** Inside the node, such as `keys.1.says[0]`. */
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

export function phraseFaults(menu: Extract<FlowNode, { kind: 'menu' }>): readonly PhraseFault[] {
  const owners = new Map<string, string>();
  return Object.entries(menu.keys).flatMap(([key, { says = [] }]) => {
    if (says.length > 0 && menu.speech === undefined) {
      const expected = 'a menu that listens: "speech": {"language": "en-US"} beside its keys';
      return [{ field: `keys.${key}.says`, found: 'words in a menu without "speech"', expected }];
    }
    return says.flatMap((phrase, at) => {
      const found = JSON.stringify(phrase);
      const field = `keys.${key}.says[${at}]`;
      const words = wordsOf(phrase).join(' ');
      if (words === '') return [{ field, found, expected: 'a word that a caller can say' }];
      const owner = owners.get(words);
      owners.set(words, owner ?? key);
      if (owner === undefined || owner === key) return [];
      return [{ field, found, expected: `words that do not stand at key ${owner} too` }];
    });
  });
}
