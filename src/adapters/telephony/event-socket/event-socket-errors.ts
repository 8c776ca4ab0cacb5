/** What can go wrong on an event socket, in classes that the callers tell apart. */
export class EventSocketLostError extends Error {
  override readonly name = 'EventSocketLostError';
  constructor(server: string) {
    super(`the event socket of ${server} is down`);
  }
}

export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  constructor(commandName: string, reply: string) {
    super(`${commandName}: ${reply.replace(/[^\x20-\x7e]/g, ' ').slice(0, 120)}`);
  }
}
