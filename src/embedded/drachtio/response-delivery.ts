/** Hands responses to the application whose request they answer, and tells it of requests that nobody answered. */
import type { SipSource, SipTarget } from '../sip/sip-endpoint.js';
import { type SipRequest, SipResponse } from '../sip/sip-message.js';
import type { ControlClient } from './control-client.js';
import { networkMeta } from './meta-line.js';

export function deliverResponse(
  client: ControlClient | undefined,
  id: string,
  dialogId: string,
  response: SipResponse,
  source: SipSource,
): void {
  const bytes = response.raw ?? response.toBuffer();
  client?.sendSip(networkMeta(bytes.length, source), id, dialogId, '', bytes);
}

/** The response that the stack makes up itself, as drachtio's does: 408 for silence, 503 for a request that could not leave. */
export function deliverFailure(
  client: ControlClient | undefined,
  id: string,
  dialogId: string,
  request: SipRequest,
  status: 408 | 503,
  target: SipTarget,
): void {
  const response = new SipResponse(status);
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const)
    response.headers.copyFrom(request.headers, name);
  deliverResponse(client, id, dialogId, response, { ...target, localAddress: '', localPort: 0 });
}
