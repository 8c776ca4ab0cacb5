/**
 * A system that answers pings. Its dialect is data: how a request is built and how an answer is read, so that a new
 * network is a configuration and not a program.
 */

/** A JSON-like tree whose strings may hold `{{tokens}}`; a value is put into the tree and can never break out of it. */
export type RequestTemplate =
  | string
  | number
  | boolean
  | null
  | readonly RequestTemplate[]
  | { readonly [key: string]: RequestTemplate };

export interface RequestShape {
  readonly method: 'GET' | 'POST';
  /** Absolute URL; `{{tokens}}` in path and query are percent-encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How `fields` travel: as a JSON body, an HTML form, or in the query. */
  readonly encoding: 'json' | 'form' | 'query';
  readonly fields: RequestTemplate;
  readonly signature?: RequestSignature;
}

/** Headers that prove who asks: a nonce, and in hex the HMAC-SHA256 of key, body and nonce in this order, under the secret. */
export interface RequestSignature {
  readonly key: string;
  readonly secret: string;
  readonly nonceHeader: string;
  readonly signatureHeader: string;
}

export type AcceptOperator = 'equals' | 'not-equals' | 'exists' | 'in' | 'greater-than';

/** Dotted path into the answer, such as `data.bid` or `buyers.0.bid`. */
export interface AcceptRule {
  readonly path: string;
  readonly operator: AcceptOperator;
  readonly value: string | number | boolean | readonly string[] | null;
}

export interface ResponseShape {
  /** All must hold for the answer to be a bid. */
  readonly accept: readonly AcceptRule[];
  readonly pricePath: string | null;
  /** Number or SIP URI to dial. */
  readonly destinationPath: string | null;
  /** Country for destinations that come in national form. */
  readonly destinationCountry: string | null;
  /** Opaque id that the post step needs, `{{bid_ref}}` in its template. */
  readonly referencePath: string | null;
  /** Connected seconds after which the price is due. */
  readonly billAfterSecondsPath: string | null;
  /** Seconds for which the bid stands. */
  readonly expiresInSecondsPath: string | null;
  /** Where a refusal states its reason; two paths with `&` between them are a code and its text. */
  readonly reasonPath: string | null;
  /** HTTP statuses that carry a refusal in good order rather than a fault (Service Direct answers 404 for "no buyer"). */
  readonly refusalStatuses: readonly number[];
}

export interface Dialect {
  readonly ping: RequestShape;
  readonly pingResponse: ResponseShape;
  /** Null for one-phase bidders, whose ping answer already brings the destination. */
  readonly post: RequestShape | null;
  readonly postResponse: ResponseShape | null;
}

export interface Bidder {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly dialect: Dialect;
  /** Deadline of a ping in ms, 50 at least. */
  readonly pingTimeoutMs: number;
  readonly postTimeoutMs: number;
  /** The most it ever bids, when known: lets the auction close without it. */
  readonly maximumBidMicros: number | null;
  /** Whether a plan that only runs beside the calls may ask it: it may then be asked for calls that it cannot get. */
  readonly allowsShadowPings: boolean;
  /** Whether a caller who calls again with the same tags, while its bid stands and is not taken up, is sold by that bid; absent: he is asked for anew. */
  readonly reuseAnswers?: boolean;
  /** More pings are not sent to it; null for no limit. */
  readonly maxPingsPerMinute: number | null;
  /** How long a bid stands when its answer does not say. */
  readonly bidLifetimeMs: number;
}
