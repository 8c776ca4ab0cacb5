/** What goes over the control link: requests and answers of ours, and who hears what becomes of them. */
import type { Socket } from 'node:net';
import type { Acknowledge, AgentRequestOptions, SrfRequest, SrfResponse } from 'drachtio-srf';
import { DrachtioLinkDownError } from './drachtio-errors.js';

/** What a dialog is to the link. */
export interface InDialogHandler {
  handle(request: SrfRequest, response: SrfResponse): void;
}

export interface OutgoingRequest {
  readonly method: string;
  /** Absent inside a dialog. */
  readonly uri?: string;
  readonly dialogId?: string;
  /** The INVITE that a CANCEL is for. */
  readonly inviteId?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly auth?: { readonly username: string; readonly password: string };
}

export interface RequestListener {
  /** The last that is heard of an ACK, and of a CANCEL, whose answer drachtio keeps to itself. */
  sent(request: SrfRequest): void;
  /** Provisional and final answers. */
  answered(response: SrfResponse, acknowledge: Acknowledge): void;
  /** The request has not gone out, or nothing more can come back. Called at most once. */
  failed(error: Error): void;
}

export interface Answer {
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As drachtio-srf wants it. Throws DrachtioLinkDownError without a connection. */
export function agentOptionsOf(outgoing: OutgoingRequest, socket: Socket | null): AgentRequestOptions {
  if (socket === null) throw new DrachtioLinkDownError();
  return {
    method: outgoing.method,
    headers: { ...outgoing.headers },
    _socket: socket,
    ...(outgoing.uri === undefined ? {} : { uri: outgoing.uri }),
    ...(outgoing.dialogId === undefined ? {} : { stackDialogId: outgoing.dialogId }),
    ...(outgoing.inviteId === undefined ? {} : { stackTxnId: outgoing.inviteId }),
    ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
    ...(outgoing.auth === undefined ? {} : { auth: { ...outgoing.auth } }),
  };
}
