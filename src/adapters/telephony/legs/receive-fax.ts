/**
 * Lets FreeSWITCH's mod_spandsp receive a fax on a leg: the dialplan's extension `fax` does it, and an event tells what came of it. Called
 * by caller-leg.ts. What the sending machine says of itself is hostile text.
 */
import type { FaxReception, FaxRequest } from '../../../application/ports/fax-reception.js';
import { type FaxResult, stationOf } from '../../../domain/calls/fax.js';
import { messageOf, settledWithin } from '../deadline.js';
import type { ChannelEvent } from '../event-socket/channel-event.js';
import { command, isPlayable } from '../event-socket/event-socket-command.js';
import type { EventSocketLink } from '../event-socket/event-socket-link.js';
import type { TelephonyContext } from '../telephony-context.js';
import type { MediaLeg } from './media-leg.js';

/** A page takes about a minute at the slowest rate; nobody sends more than a hundred in one call. */
const LONGEST_FAX_MS = 2 * 3_600_000;
/** The BYE and the event come by different ways. */
const LATE_NEWS_MS = 2_000;
const LONGEST_TEXT = 120;

/** Null when it can; else a sentence. */
export async function faxRefusal(server: EventSocketLink): Promise<string | null> {
  const answer = await server.api(command('module_exists', 'mod_spandsp')).catch(() => '');
  if (answer.trim() === 'true') return null;
  return `media server ${server.name} receives no faxes: it is not a FreeSWITCH with mod_spandsp`;
}

function resultOf(event: ChannelEvent): FaxResult {
  const count = (name: string): number => Math.max(0, Math.trunc(event.number(name)) || 0);
  return {
    isReceived: event.field('fax-success') === '1',
    pages: count('fax-document-transferred-pages'),
    senderStation: stationOf(event.field('fax-remote-station-id')),
    code: count('fax-result-code'),
    text: event
      .field('fax-result-text')
      .replace(/[^\x20-\x7e]+/g, ' ')
      .slice(0, LONGEST_TEXT),
    rate: count('fax-transfer-rate'),
    isT38: event.field('fax-t38-status') === 'negotiated',
  };
}

/** Never rejects. */
export async function receiveFax(
  context: TelephonyContext,
  media: MediaLeg,
  { path, stationId }: FaxRequest,
): Promise<FaxReception> {
  const { channel } = media;
  // Half of a fax is nothing that another server could go on with.
  media.renewal = null;
  media.takesFax = true;
  const isResult = (event: ChannelEvent): boolean => event.name === 'spandsp::rxfaxresult';
  const result = channel.next('the result of a fax', LONGEST_FAX_MS, isResult).then(resultOf, () => null);
  media.onTeardown(() => settledWithin(context.clock, LATE_NEWS_MS, result));
  try {
    if (!isPlayable(path)) throw new RangeError('a path has characters that FreeSWITCH would not take');
    const commands = [channel.tell('setvar', 'ringpost_fax_file', path)];
    // Spaces would end the word, and an ident needs none.
    const ident = stationId?.replace(/ /g, '') ?? '';
    if (ident !== '') commands.push(channel.tell('setvar', 'fax_ident', ident));
    commands.push(channel.tell('transfer', 'fax', 'XML', 'ringpost'));
    await Promise.all(commands);
  } catch (error) {
    if (!media.hasEnded) context.log.error({ detail: messageOf(error) }, 'a fax could not be received');
    await media.hangup('NORMAL_TEMPORARY_FAILURE');
  }
  await media.ended;
  return await result;
}
