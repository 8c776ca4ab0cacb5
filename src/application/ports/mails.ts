/** A mail with files, to addresses that an admin has named. */
export interface Mail {
  /** The same for each attempt: the receiver's server and reader know a repeated mail by it. */
  readonly id: string;
  /** Addresses without names, each of the form of `domain/campaigns/mail-address.ts`. */
  readonly to: readonly string[];
  /** May hold what a caller sent: nothing in it can become a header. */
  readonly subject: string;
  readonly text: string;
  readonly attachments: readonly {
    /** On the disk of this process, absolute. */
    readonly filePath: string;
    readonly name: string;
    readonly mediaType: string;
  }[];
  readonly timeoutMs: number;
}

export type MailOutcome =
  /** The server has it; `refused` are the addresses that it would not take. */
  | { readonly kind: 'taken'; readonly refused: readonly string[] }
  | { readonly kind: 'failed'; readonly detail: string };

export interface Mails {
  /** Never rejects. Without a mail server it fails with a sentence that says what to set. */
  send(mail: Mail): Promise<MailOutcome>;
}
