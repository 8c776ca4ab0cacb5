/** What a caller hears in words: in flows, and in the queues in which he waits. */

/** What is said: a prompt of the configuration, or a text of the node's own. */
export type Said =
  | { readonly kind: 'prompt'; readonly promptId: string }
  | { readonly kind: 'text'; readonly text: string; readonly voice: string; readonly plays?: number };
