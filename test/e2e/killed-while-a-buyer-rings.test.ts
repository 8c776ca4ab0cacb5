/**
 * The control app is killed while a buyer rings: nobody is left who would cancel, or acknowledge his answer. The next start lets him go, and
 * the caller, who has waited on music, rings him anew.
 */
import t, { type Test } from 'tap';
import { isTerminal } from '../../src/domain/calls/call.js';
import type { Leg } from '../../src/domain/calls/leg.js';
import { first, type RawMessage, RawSipPeer, sdpFor } from '../adapters/telephony/raw-sip-peer.js';
import type { TargetPlan } from './campaign-builder.js';
import { MortalApp } from './mortal-app.js';

const CREDENTIALS = { username: 'ringpost', password: 's3cret' };
const CHALLENGE = 'Proxy-Authenticate: Digest realm="buyer", nonce="5f2c", qop="auth"\r\n';

const mortal = await MortalApp.open();
t.teardown(() => mortal.close());
const callers = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });

type Plan = (port: number) => Partial<TargetPlan>;
/** What the buyer does between the death of the one process and the start of the next; settles when he has been let go. */
type Sentence = (rung: RungBuyer, startNext: () => void) => Promise<void>;

/** The first INVITE that is not of this call, or not this one of it. */
async function inviteAfter(peer: RawSipPeer, header: 'call-id' | 'cseq', known: RawMessage): Promise<RawMessage> {
  for (let place = 0; ; place += 1) {
    const invite = await peer.next(/^INVITE /, place);
    if (first(invite, header) !== first(known, header)) return invite;
  }
}

class RungBuyer {
  readonly peer: RawSipPeer;
  readonly invite: RawMessage;

  constructor(peer: RawSipPeer, invite: RawMessage) {
    this.peer = peer;
    this.invite = invite;
  }

  pickUp(): void {
    this.peer.answer(this.invite, '200 OK', { tag: 'rings', sdp: sdpFor(40_002) });
  }

  /** Settles with the CANCEL, which he answers. */
  async cancelled(): Promise<RawMessage> {
    const cancel = await this.peer.next(/^CANCEL /);
    this.peer.answer(cancel, '200 OK', { tag: 'rings' });
    return cancel;
  }

  async refuse(): Promise<void> {
    this.peer.answer(this.invite, '487 Request Terminated', { tag: 'rings' });
    await this.peer.next(/^ACK /);
  }

  async ended(): Promise<void> {
    await this.peer.next(/^ACK /);
    this.peer.answer(await this.peer.next(/^BYE /), '200 OK');
  }
}

/** Settles when the database knows by which name this INVITE is cancelled. */
async function journaled(invite: RawMessage): Promise<void> {
  const isIt = (leg: Leg): boolean =>
    leg.sipCallId === first(invite, 'call-id') && leg.localCseq === Number.parseInt(first(invite, 'cseq'), 10);
  await mortal.knows(({ legs }) => legs.some(isIt));
}

async function killedWhileHeRings(t: Test, plan: Plan, sentence: Sentence): Promise<void> {
  const peer = await RawSipPeer.open();
  t.teardown(() => peer.close());
  const uri = `sip:buyer@127.0.0.1:${peer.port}`;
  const did = await mortal.addCampaign({ targets: [{ id: 'acme', uri, ...plan(peer.port) }] });
  const doomed = await mortal.start();
  const caller = await callers.call(mortal.sipUri(did), '+13105550123');
  let invite = await peer.next(/^INVITE /);
  if (plan(peer.port).through !== undefined) {
    peer.answer(invite, '407 Proxy Authentication Required', { tag: 'asks', headers: CHALLENGE });
    invite = await inviteAfter(peer, 'cseq', invite);
  }
  peer.answer(invite, '180 Ringing', { tag: 'rings' });
  await journaled(invite);
  await doomed.kill();
  const next: { app: ReturnType<MortalApp['begin']> | null } = { app: null };
  await sentence(new RungBuyer(peer, invite), () => {
    next.app = mortal.begin();
  });
  // The caller's turn comes again; a buyer who is busy ends his call.
  peer.answer(await inviteAfter(peer, 'call-id', invite), '486 Busy Here', { tag: 'busy' });
  await caller.ended;
  if (next.app === null) throw new Error('nobody has started the next process');
  await mortal.allClosed(next.app);
  t.equal(await mortal.stop(next.app), 0);
  t.equal(await mortal.channelsLeft(), 0, 'no channel is left');
  const details = (await mortal.calls()).find(({ call }) => call.sipCallId === caller.sipCallId);
  t.ok(details !== undefined && isTerminal(details.call.state));
  t.same(
    details?.legs.filter(({ state }) => state !== 'ended'),
    [],
    'nobody rings, and no leg is left up',
  );
}

const TO_HIS_URI: Plan = () => ({});
const THROUGH_A_TRUNK: Plan = (port) => {
  const gateway = { host: '127.0.0.1', port, transport: 'udp', priority: 1, weight: 1 } as const;
  return { through: { credentials: CREDENTIALS, gateways: [gateway], optionsProbe: null } };
};

t.test('killed while a buyer rings: the next start cancels him', async (t) => {
  await killedWhileHeRings(t, TO_HIS_URI, async (rung, startNext) => {
    startNext();
    t.match(first(await rung.cancelled(), 'reason'), /^Q\.850;cause=41/);
    await rung.refuse();
  });
});

t.test('killed while a buyer rings for longer than FreeSWITCH waits: the next start cancels him', async (t) => {
  await killedWhileHeRings(
    t,
    () => ({ ringTimeoutMs: 40_000 }),
    async (rung, startNext) => {
      startNext();
      await rung.cancelled();
      await rung.refuse();
    },
  );
});

t.test('killed while a buyer rings who had asked for credentials: the INVITE that rings is cancelled', async (t) => {
  await killedWhileHeRings(t, THROUGH_A_TRUNK, async (rung, startNext) => {
    startNext();
    const cancel = await rung.cancelled();
    t.equal(Number.parseInt(first(cancel, 'cseq'), 10), Number.parseInt(first(rung.invite, 'cseq'), 10));
    await rung.refuse();
  });
});

t.test('killed while a buyer rings, who answers nobody: he is acknowledged, and gets BYE', async (t) => {
  await killedWhileHeRings(t, TO_HIS_URI, async (rung, startNext) => {
    rung.pickUp();
    startNext();
    await rung.ended();
  });
});

t.test('killed while a buyer rings, whose 200 crosses the CANCEL: he is acknowledged, and gets BYE', async (t) => {
  await killedWhileHeRings(t, TO_HIS_URI, async (rung, startNext) => {
    startNext();
    await rung.cancelled();
    rung.pickUp();
    await rung.ended();
  });
});

t.test('killed while a buyer rings, who ignores the CANCEL and answers seconds later: ACK, and BYE', async (t) => {
  await killedWhileHeRings(t, TO_HIS_URI, async (rung, startNext) => {
    startNext();
    // It is repeated after 0.5, 1.5 and 3.5 s (RFC 3261 section 17.1.2.2).
    await rung.peer.next(/^CANCEL /, 3);
    await rung.cancelled();
    rung.pickUp();
    await rung.ended();
  });
});
