/** One channel in a conference, as conference.ts keeps it and its events show it. */

import type { Channel } from './channel.js';
import { addBasicHeaders } from './channel-headers.js';
import type { SwitchEvent } from './switch-event.js';

export interface ConferenceMember {
  readonly id: number;
  readonly channel: Channel;
  readonly isModerator: boolean;
  readonly isGhost: boolean;
  /** The conference ends when the last of these leaves. */
  readonly endsConference: boolean;
  canSpeak: boolean;
  canHear: boolean;
  /** Kicked: leaves at its next turn. */
  isLeaving: boolean;
  /** What it is to play next; `done` is told how long it played. */
  readonly plays: { readonly name: string; readonly done: (milliseconds: number) => void }[];
}

export interface JoinRequest {
  readonly name: string;
  readonly profile: string;
  readonly pin: string;
  readonly flags: ReadonlySet<string>;
}

/** `name[@profile][+[pin]][+flags{a|b}]`. */
export function parseJoin(argument: string): JoinRequest {
  const flagsMatch = /\+?\+?flags\{([^}]*)\}\s*$/i.exec(argument);
  const head = flagsMatch === null ? argument : argument.slice(0, flagsMatch.index);
  const [nameAndProfile = '', pin = ''] = head.trim().split('+');
  const [name = '', profile = 'default'] = nameAndProfile.split('@');
  const flags = (flagsMatch?.[1] ?? '').split(/[|,]/).map((flag) => flag.trim().toLowerCase());
  return { name, profile, pin, flags: new Set(flags.filter((flag) => flag !== '')) };
}

/** conference_member_add_event_data(), after the conference's own headers. */
export function addMemberHeaders(event: SwitchEvent, member: ConferenceMember, holdsFloor: boolean): void {
  event.add('Floor', String(holdsFloor));
  addBasicHeaders(event, member.channel);
  event
    .add('Video', 'false')
    .add('Hear', String(member.canHear))
    .add('See', 'false')
    .add('Speak', String(member.canSpeak))
    .add('Talking', 'false')
    .add('Mute-Detect', 'false')
    .add('Hold', 'false')
    .add('Member-ID', member.id)
    .add('Member-Type', member.isModerator ? 'moderator' : 'member')
    .add('Member-Ghost', String(member.isGhost))
    .add('Energy-Level', 100)
    .add('Current-Energy', 0);
}

/** One line of `conference NAME list`. */
export function listLine(member: ConferenceMember): string {
  const { channel } = member;
  const abilities = [...(member.canHear ? ['hear'] : []), ...(member.canSpeak ? ['speak'] : [])].join('|');
  const { callerIdName, callerIdNumber } = channel.profile;
  const fields = [member.id, channel.name, channel.uuid, callerIdName, callerIdNumber, abilities, 0, 0, 100];
  return `${fields.join(';').replaceAll(/[\r\n]/g, ' ')}\n`;
}
