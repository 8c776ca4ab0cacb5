/** A message with a file, to somebody outside who has given a URL and a secret. */
export interface WebhookMessage {
  readonly url: string;
  /** Signs the message, so that the receiver knows whom it is from. */
  readonly secret: string;
  /** The same for each attempt. */
  readonly id: string;
  readonly event: 'voicemail';
  readonly fields: Readonly<Record<string, string | number | null>>;
  /** On the disk of this process. */
  readonly filePath: string;
  readonly timeoutMs: number;
}

export type WebhookOutcome = { readonly kind: 'taken' } | { readonly kind: 'failed'; readonly detail: string };

export interface Webhooks {
  /** Never rejects. Taken is a 2xx; redirections are not followed. */
  send(message: WebhookMessage): Promise<WebhookOutcome>;
}
