/**
 * Where the drachtio half of the embedded switch differs from drachtio 0.9.10 on purpose, in one place. Everything else that differs is
 * a fault. `ringpost switch` prints the list at start.
 */
export const DRACHTIO_DIFFERENCES: readonly string[] = [
  'The shared secret is enforced: nothing but `authenticate` is accepted before it, within 10 s. The real server reads it and lets everybody in.',
  'The control port binds to loopback only, plain TCP only; no outbound connections, no tags routing, no HTTP call routing, no CDR events.',
  'A control frame over 12,228 bytes ends the connection. The real server waits for ever for the rest of it.',
  'An application that does not read is dropped at 8 MiB. The real server queues without end and mixes its frames up.',
  '`trustedSources`: requests outside dialogs from other addresses get no answer at all and are counted. The real server can only deny, by a Redis set of addresses, and answers 100 to all others; put a firewall before it.',
  'A merged request gets 482 (RFC 3261 section 8.2.2.2). The real server takes it for a new call.',
  'A request inside a dialog whose CSeq is lower than the last gets 500 (RFC 3261 section 12.2.2). The real server passes a BYE on all the same.',
  'A 200 to an INVITE whose Contact has no host (`<tel:+1>`, `*`) is handed on. The real server dies when it receives one: let buyers whom you do not trust reach it through a proxy.',
  'A malformed request is answered 400 where RFC 3261 allows it; some that the real server still reads are refused.',
  'A provisional response inside a dialog does not end the transaction: the final response reaches the other side too. The real server forgets the transaction.',
  'Responses carry From, To, Call-ID and CSeq of the request byte by byte. The real server writes what the application echoes, so that a byte that is not UTF-8 is lost.',
  'The 200 to a re-INVITE refreshes the remote target (RFC 3261 section 12.2.1.2). The real server goes on with the first Contact.',
  'Header fields of the application go out as it wrote them. The real server writes those it knows anew, with other blanks between parameters.',
  'The 200 to a CANCEL and the 487 to its INVITE carry one To tag (RFC 3261 section 9.2). The real server makes up two when the application has not answered at all.',
  'The ACK to a 422 that the switch itself sent is not shown to the application, which never saw the re-INVITE. The real server shows it.',
  'The transport is named in every line before a message. The real server leaves it out for ACKs and some echoes.',
  'An application that is gone: its INVITEs under way are answered 480 or cancelled after 64 s, its unacknowledged 200s are acknowledged and ended. The real server keeps them for ever.',
  'An application that re-INVITEs under the Call-ID and tags of a dialog that a caller opened takes it over; the dialog of the dead application is forgotten. The real server keeps it beside the new one for ever.',
  'Each of several 200s of a forked INVITE but the first is acknowledged and ended.',
  'No proxying (answered NOK), no TLS, WS, SUBSCRIBE dialogs, REGISTER bindings to connections.',
];
