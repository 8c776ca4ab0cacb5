/** Something that a caller or a buyer hears: text to be spoken, or a file that an operator brought. */
export type Prompt = (
  | { readonly id: string; readonly kind: 'text'; readonly text: string; readonly voice: string }
  | { readonly id: string; readonly kind: 'file'; readonly path: string }
) & {
  /** How often it is heard, one time after the other; once when absent. */
  readonly plays?: number;
};
