/**
 * Conferences as drachtio-fsmrf needs them: join and leave, member list, mute, play, lock, and the events conference::maintenance.
 * A limit of this switch: it mixes nothing. Audio passes when exactly two members may speak; a further one hears silence.
 */
import { randomUUID } from 'node:crypto';
import type { Channel } from './channel.js';
import { addMemberHeaders, type ConferenceMember, type JoinRequest, listLine, parseJoin } from './conference-member.js';
import { playFile } from './playback.js';
import { hasRunnableCommand, runPrivateCommands } from './private-commands.js';
import type { ConferencePort, SwitchCore } from './switch-core.js';

interface Conference {
  readonly name: string;
  readonly uuid: string;
  readonly profile: string;
  readonly members: Map<number, ConferenceMember>;
  readonly settings: Map<string, string>;
  isLocked: boolean;
}

export class Conferences implements ConferencePort {
  readonly #conferences = new Map<string, Conference>();
  #core: SwitchCore | null = null;
  #lastMemberId = 0;

  memberCount(): number {
    return [...this.#conferences.values()].reduce((sum, conference) => sum + conference.members.size, 0);
  }

  /** The application `conference`: the channel is in it until it leaves, is kicked, or the conference ends. */
  async join(core: SwitchCore, channel: Channel, argument: string): Promise<void> {
    this.#core = core;
    const request = parseJoin(argument);
    if (request.name === '') return;
    const existing = this.#conferences.get(request.name);
    if (existing === undefined && request.flags.has('join-only')) return;
    if (existing?.isLocked === true) return;
    if (!(await channel.endpoint.answer()) || channel.isDown) return;
    const conference = this.#conferences.get(request.name) ?? this.#create(request);
    const member = this.#add(conference, channel, request);
    try {
      await this.#stay(core, conference, member);
    } finally {
      this.#remove(conference, member);
    }
  }

  /** `conference NAME command ...`; unknown commands answer -ERR. */
  command(argument: string): string {
    const words = argument.split(' ').filter((word) => word !== '');
    const [name = '', action = '', ...rest] = words;
    const conference = this.#conferences.get(name);
    if (conference === undefined) {
      if (name === '' || name === 'list') return this.#listAll();
      return `-ERR Conference ${name} not found\n`;
    }
    switch (action.toLowerCase()) {
      case 'list':
        return rest[0] === 'count'
          ? `${conference.members.size}\n`
          : [...conference.members.values()].map(listLine).join('');
      case 'play':
        return this.#play(conference, rest);
      case 'lock':
      case 'unlock':
        conference.isLocked = action.toLowerCase() === 'lock';
        this.#fire(conference, null, action.toLowerCase());
        return `+OK ${name} ${action.toLowerCase()}ed\n`;
      case 'get':
        return `${this.#get(conference, rest[0] ?? '')}`;
      case 'set':
        conference.settings.set(rest[0] ?? '', rest.slice(1).join(' '));
        return `${rest.slice(1).join(' ')}\n`;
      default:
        return this.#memberCommand(conference, action.toLowerCase(), rest);
    }
  }

  #listAll(): string {
    if (this.#conferences.size === 0) return '+OK No active conferences.\n';
    return [...this.#conferences.values()]
      .map(
        ({ name, members }) =>
          `+OK Conference ${name} (${members.size} member${members.size === 1 ? '' : 's'} rate: 8000 flags: running)\n`,
      )
      .join('');
  }

  #get(conference: Conference, name: string): string {
    if (name === 'count') return String(conference.members.size);
    if (name === 'max_members') return conference.settings.get(name) ?? '0';
    return conference.settings.get(name) ?? '-ERR invalid';
  }

  #memberCommand(conference: Conference, action: string, rest: readonly string[]): string {
    const members = this.#select(conference, rest[0] ?? '');
    if (members === null) return `-ERR Member: ${rest[0] ?? ''} not found.\n`;
    let text = '';
    for (const member of members) text += this.#change(conference, member, action);
    return text === '' ? '-ERR\n' : text;
  }

  #change(conference: Conference, member: ConferenceMember, action: string): string {
    switch (action) {
      case 'mute':
      case 'unmute':
      case 'tmute':
        member.canSpeak = action === 'unmute' || (action === 'tmute' && !member.canSpeak);
        this.#connect(conference);
        this.#fire(conference, member, member.canSpeak ? 'unmute-member' : 'mute-member');
        return `+OK ${member.canSpeak ? 'unmute' : 'mute'} ${member.id}\n`;
      case 'deaf':
      case 'undeaf':
        member.canHear = action === 'undeaf';
        this.#fire(conference, member, `${action}-member`);
        return `+OK ${action} ${member.id}\n`;
      case 'kick':
      case 'hup':
        member.isLeaving = true;
        member.channel.notify();
        this.#fire(conference, member, `${action}-member`);
        return action === 'kick' ? `+OK kicked ${member.id}\n` : `+OK hup ${member.id}\n`;
      default:
        return '';
    }
  }

  /** A member id, `all`, `non_moderator` or `last`; nothing named means all. */
  #select(conference: Conference, word: string): readonly ConferenceMember[] | null {
    const members = [...conference.members.values()];
    if (word === '' || word === 'all') return members;
    if (word === 'non_moderator') return members.filter((member) => !member.isModerator);
    const found = word === 'last' ? members.at(-1) : conference.members.get(Number(word));
    return found === undefined ? null : [found];
  }

  /** `play file [member]`. */
  #play(conference: Conference, rest: readonly string[]): string {
    const [file = '', id] = rest.filter((word) => !word.includes('=') && word !== 'async');
    const targets = id === undefined ? [...conference.members.values()] : this.#select(conference, id);
    if (file === '') return '-ERR (play) File: (unspecified) not found.\n';
    if (targets === null || targets.length === 0) return `-ERR Member: ${id ?? ''} not found.\n`;
    let left = targets.length;
    const done = (milliseconds: number): void => {
      left -= 1;
      if (left > 0) return;
      this.#fire(conference, id === undefined ? null : (targets[0] ?? null), 'play-file-done', [
        ['File', file],
        ['seconds', Math.floor(milliseconds / 1000)],
        ['milliseconds', Math.floor(milliseconds)],
        ['samples', Math.floor(milliseconds) * 8],
      ]);
    };
    for (const member of targets) {
      member.plays.push({ name: file, done });
      member.channel.notify();
    }
    const only = id === undefined ? null : (targets[0] ?? null);
    this.#fire(conference, only, only === null ? 'play-file' : 'play-file-member', [['File', file]]);
    return only === null
      ? `+OK (play) Playing file ${file}\n`
      : `+OK (play) Playing file ${file} to member ${only.id}\n`;
  }

  #create(request: JoinRequest): Conference {
    const conference: Conference = {
      name: request.name,
      uuid: randomUUID(),
      profile: request.profile,
      members: new Map(),
      settings: new Map(),
      isLocked: false,
    };
    this.#conferences.set(request.name, conference);
    this.#fire(conference, null, 'conference-create');
    return conference;
  }

  #add(conference: Conference, channel: Channel, request: JoinRequest): ConferenceMember {
    this.#lastMemberId += 1;
    const member: ConferenceMember = {
      id: this.#lastMemberId,
      channel,
      isModerator: request.flags.has('moderator'),
      isGhost: request.flags.has('ghost'),
      endsConference: request.flags.has('endconf'),
      canSpeak: !request.flags.has('mute'),
      canHear: !request.flags.has('deaf'),
      isLeaving: false,
      plays: [],
    };
    conference.members.set(member.id, member);
    channel.variables.set('conference_name', conference.name);
    channel.variables.set('conference_member_id', String(member.id));
    channel.variables.set('conference_uuid', conference.uuid);
    channel.variables.set('conference_moderator', String(member.isModerator));
    this.#connect(conference);
    this.#fire(conference, member, 'add-member');
    return member;
  }

  async #stay(core: SwitchCore, conference: Conference, member: ConferenceMember): Promise<void> {
    const { channel } = member;
    while (channel.isReady && !member.isLeaving) {
      const play = member.plays.shift();
      const digit = channel.takeDigit();
      if (digit !== null) this.#fire(conference, member, 'dtmf-member', [['DTMF-Key', digit.digit]]);
      if (play !== undefined) {
        const startedMs = performance.now();
        await playFile(core, channel, play.name);
        play.done(performance.now() - startedMs);
      } else if (hasRunnableCommand(channel)) {
        await runPrivateCommands(core, channel);
      } else if (digit === null) {
        await channel.signal.wait();
      }
    }
  }

  #remove(conference: Conference, member: ConferenceMember): void {
    conference.members.delete(member.id);
    for (const play of member.plays.splice(0)) play.done(0);
    member.channel.media?.unbridge();
    this.#fire(conference, member, 'del-member');
    const enders = [...conference.members.values()].some((other) => other.endsConference);
    if (member.endsConference && !enders) {
      for (const other of conference.members.values()) {
        other.isLeaving = true;
        other.channel.notify();
      }
    }
    if (conference.members.size === 0) {
      this.#conferences.delete(conference.name);
      this.#fire(conference, null, 'conference-destroy');
    } else this.#connect(conference);
  }

  /** Joins the two who may speak, when there are just two. */
  #connect(conference: Conference): void {
    const speakers = [...conference.members.values()].filter((member) => member.canSpeak && member.canHear);
    for (const member of conference.members.values()) member.channel.media?.unbridge();
    const [one, two] = speakers;
    if (speakers.length !== 2 || one === undefined || two === undefined) return;
    if (one.channel.media !== null && two.channel.media !== null) one.channel.media.bridge(two.channel.media);
  }

  #fire(
    conference: Conference,
    member: ConferenceMember | null,
    action: string,
    extra: readonly (readonly [name: string, value: string | number])[] = [],
  ): void {
    this.#core?.events.fire(
      'CUSTOM',
      (event) => {
        event
          .add('Conference-Name', conference.name)
          .add('Conference-Domain', '127.0.0.1')
          .add('Conference-Size', conference.members.size)
          .add('Conference-Ghosts', [...conference.members.values()].filter((other) => other.isGhost).length)
          .add('Conference-Profile-Name', conference.profile)
          .add('Conference-Unique-ID', conference.uuid);
        if (member !== null) addMemberHeaders(event, member, conference.members.keys().next().value === member.id);
        event.add('Action', action);
        for (const [name, value] of extra) event.add(name, value);
      },
      'conference::maintenance',
    );
  }
}
