/** New identifiers: UUID version 7 (RFC 9562 section 5.7), so that rows sort by time of birth. */
export interface IdSource {
  newId(): string;
}
