/** Requests as a peer would write them, for tests that talk to the stack over a socket. */

export interface RequestText {
  readonly method?: string;
  readonly branch: string;
  readonly port: number;
  readonly sipCallId: string;
  readonly toTag?: string;
  readonly fromTag?: string;
  readonly cseq?: number;
  readonly transport?: 'UDP' | 'TCP';
  readonly uri?: string;
  /** Whole lines, without line ends. */
  readonly extra?: readonly string[];
  readonly body?: string;
}

export function requestText(options: RequestText): string {
  const method = options.method ?? 'INVITE';
  const body = options.body ?? '';
  const transport = options.transport ?? 'UDP';
  const lines = [
    `${method} ${options.uri ?? 'sip:18005550100@127.0.0.1'} SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:${options.port};branch=${options.branch};rport`,
    'Max-Forwards: 70',
    `From: "Caller" <sip:14155550123@127.0.0.1>;tag=${options.fromTag ?? 'caller'}`,
    `To: <sip:18005550100@127.0.0.1>${options.toTag === undefined ? '' : `;tag=${options.toTag}`}`,
    `Call-ID: ${options.sipCallId}`,
    `CSeq: ${options.cseq ?? 1} ${method}`,
    `Contact: <sip:caller@127.0.0.1:${options.port}${transport === 'TCP' ? ';transport=tcp' : ''}>`,
    ...(options.extra ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export function tagIn(value: string): string {
  return /;\s*tag=([^;]+)/.exec(value)?.[1] ?? '';
}
