/**
 * docker/, systemd/, drachtio-conf/, freeswitch-conf/ and src/config agree; and each kind of disagreement is seen, in copies of the
 * folders with one line changed.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/config/package-root.js';
import { putIn, variablesOf } from './compose-file.js';
import { AGREEMENTS } from './deployment-agreement.js';
import { readDeployment } from './deployment-files.js';
import { SECRET_AGREEMENTS } from './secret-agreement.js';
import { millisecondsOf } from './unit-file.js';

const FOLDERS = ['docker', 'systemd', 'drachtio-conf', 'freeswitch-conf'];

/** Every sentence that a check has, and the one of a file that cannot be read or an environment that the app refuses. */
async function disagreements(folder: string): Promise<readonly string[]> {
  try {
    const files = await readDeployment(folder);
    return [...AGREEMENTS, ...SECRET_AGREEMENTS].flatMap((check) => check(files));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const compose = 'docker/compose.yaml';
const freeswitchXml = 'freeswitch-conf/freeswitch.xml';
const sofia = 'freeswitch-conf/autoload_configs/sofia.conf.xml';

/** What is changed, in which file, from what to what, and the sentence that must come. */
const CHANGES: readonly (readonly [string, string, string, string, RegExp])[] = [
  [
    'drachtio listens elsewhere',
    'drachtio-conf/drachtio.conf.xml',
    'port="9022"',
    'port="9023"',
    /control port of drachtio/,
  ],
  [
    'the app looks for drachtio elsewhere',
    compose,
    'DRACHTIO_PORT: "9022"',
    'DRACHTIO_PORT: "9023"',
    /control port of drachtio/,
  ],
  [
    'the health check asks another port',
    compose,
    '/dev/tcp/127.0.0.1/9022',
    '/dev/tcp/127.0.0.1/9023',
    /its health check says 9023/,
  ],
  [
    'systemd moves drachtio',
    'systemd/ringpost-drachtio.service',
    'TCP_PORT=9022',
    'TCP_PORT=9024',
    /drachtio in systemd says 9024/,
  ],
  ['the event socket moves', freeswitchXml, 'event_socket_port=8021', 'event_socket_port=8022', /the event socket: /],
  [
    'Compose moves the event socket',
    compose,
    'RINGPOST_FS_EVENT_SOCKET_PORT: "8021"',
    'RINGPOST_FS_EVENT_SOCKET_PORT: "8031"',
    /the event socket: /,
  ],
  [
    'the SIP profile moves',
    freeswitchXml,
    'ringpost_sip_port=5080',
    'ringpost_sip_port=5090',
    /SIP profile of FreeSWITCH/,
  ],
  ['the app looks for the profile elsewhere', compose, '127.0.0.1:5080', '127.0.0.1:5081', /SIP profile of FreeSWITCH/],
  [
    'the profile has another name',
    sofia,
    '<profile name="drachtio_mrf">',
    '<profile name="internal">',
    /name of the SIP profile/,
  ],
  ['the profile enters another context', sofia, 'value="ringpost"', 'value="public"', /context of the dialplan/],
  [
    'RTP reaches into the ephemeral ports',
    freeswitchXml,
    'rtp_port_max=32767',
    'rtp_port_max=40000',
    /reach into other ports/,
  ],
  ['RTP ports are too few', compose, 'RTP_PORT_MAX: "32767"', 'RTP_PORT_MAX: "16999"', /room for 154 calls/],
  [
    'the sessions are too few',
    freeswitchXml,
    'ringpost_max_sessions=5000',
    'ringpost_max_sessions=500',
    /max-sessions is 500/,
  ],
  [
    'calls come at thirty a second',
    freeswitchXml,
    'sessions_per_second=500',
    'sessions_per_second=30',
    /sessions-per-second is 30/,
  ],
  [
    'drachtio listens to everybody',
    'drachtio-conf/drachtio.conf.xml',
    '>127.0.0.1<',
    '>0.0.0.0<',
    /listens on "0\.0\.0\.0"/,
  ],
  [
    'the event socket listens to everybody',
    freeswitchXml,
    'event_socket_ip=127.0.0.1',
    'event_socket_ip=::',
    /listens on "::"/,
  ],
  [
    'FreeSWITCH obeys a public network',
    freeswitchXml,
    'app_cidr=127.0.0.0/8',
    'app_cidr=0.0.0.0/0',
    /acl\.conf lets in 0\.0\.0\.0\/0/,
  ],
  [
    'prompts lie elsewhere for FreeSWITCH',
    compose,
    'prompts:/var/lib/ringpost/prompts:ro',
    'prompts:/sounds:ro',
    /the prompts: /,
  ],
  [
    'recordings lie elsewhere in systemd',
    'systemd/ringpost-freeswitch.service',
    'BindPaths=/var/lib/ringpost/recordings',
    'BindPaths=/srv/recordings',
    /the recordings: /,
  ],
  [
    'FreeSWITCH is started from another folder',
    compose,
    '-conf /etc/ringpost',
    '-conf /etc/freeswitch',
    /configuration of FreeSWITCH/,
  ],
  [
    'drachtio is started from another folder',
    compose,
    '/etc/ringpost/drachtio.conf.xml',
    '/etc/drachtio.conf.xml',
    /configuration of drachtio/,
  ],
  ['FreeSWITCH is of another group', compose, 'user: "10002:10003"', 'user: "10002:10002"', /group of the folders/],
  ['the image has another user', 'docker/Dockerfile', 'USER 10001:10003', 'USER 1000:1000', /user of the app/],
  ['drachtio runs as root', compose, 'user: "10004:10004"', 'user: "0:0"', /drachtio runs as/],
  [
    'Compose waits too short',
    compose,
    'stop_grace_period: 60s',
    'stop_grace_period: 30s',
    /stop_grace_period is "30s"/,
  ],
  [
    'systemd waits too short',
    'systemd/ringpost.service',
    'TimeoutStopSec=60s',
    'TimeoutStopSec=35s',
    /TimeoutStopSec is "35s"/,
  ],
  [
    'systemd ends the children first',
    'systemd/ringpost.service',
    'KillMode=mixed',
    'KillMode=control-group',
    /KillMode of the app/,
  ],
  [
    'a secret has a default',
    compose,
    'DRACHTIO_SECRET: ${DRACHTIO_SECRET:?set it in',
    'DRACHTIO_SECRET: ${DRACHTIO_SECRET:-set it in',
    /DRACHTIO_SECRET is not asked for/,
  ],
  ['a secret that everybody knows', 'docker/.env.example', 'DRACHTIO_SECRET=', 'DRACHTIO_SECRET=cymru', /holds cymru/],
  [
    'FreeSWITCH gets its password under another name',
    compose,
    'RINGPOST_FS_EVENT_SOCKET_PASSWORD:',
    'EVENT_SOCKET_PASSWORD:',
    /FreeSWITCH has its password/,
  ],
  [
    'FreeSWITCH reads its password under another name',
    freeswitchXml,
    '$RINGPOST_FS_EVENT_SOCKET_PASSWORD',
    '$FS_PASSWORD',
    /FreeSWITCH has its password/,
  ],
  [
    'the app gets another secret',
    compose,
    'DRACHTIO_SECRET: ${DRACHTIO_SECRET:',
    'DRACHTIO_SECRET: ${FREESWITCH_EVENT_SOCKET_PASSWORD:',
    /the app has the secret of drachtio/,
  ],
  [
    'a password stands in the file',
    freeswitchXml,
    'event_socket_password=$${core_uuid}',
    'event_socket_password=letmein',
    /a password of its own/,
  ],
  [
    'the secret of drachtio could be sent',
    'drachtio-conf/drachtio.conf.xml',
    'set|DRACHTIO_SECRET',
    'letmein',
    /could be sent/,
  ],
  [
    'a name that the app does not know',
    compose,
    'RINGPOST_MAX_CALLS:',
    'RINGPOST_CALLS_MAX:',
    /RINGPOST_CALLS_MAX is not known/,
  ],
  [
    'a name that FreeSWITCH does not read',
    compose,
    'RINGPOST_FS_SIP_IP:',
    'RINGPOST_FS_SIP_ADDRESS:',
    /does not read RINGPOST_FS_SIP_ADDRESS/,
  ],
  [
    'a variable that nobody is told of',
    'docker/.env.example',
    '#MAX_CALLS=500',
    '',
    /MAX_CALLS is not in \.env\.example/,
  ],
  [
    'a name that is not documented',
    'freeswitch-conf/README.md',
    '`RINGPOST_FS_LOG_LEVEL`',
    '`RINGPOST_FS_LOGLEVEL`',
    /RINGPOST_FS_LOG_LEVEL is not in/,
  ],
  [
    'systemd starts without secrets',
    'systemd/ringpost.service',
    'EnvironmentFile=',
    'EnvironmentFile=-',
    /does not need its env file/,
  ],
];

t.test('ports, paths, profile, secrets, users and limits are the same wherever they are written', async (t) => {
  t.same(await disagreements(packageRoot()), []);
});

async function disagreementsAfter(t: Test, path: string, from: string, to: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-deployment-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of FOLDERS) cpSync(join(packageRoot(), name), join(folder, name), { recursive: true });
  const before = readFileSync(join(folder, path), 'utf8');
  t.ok(before.includes(from), `${path} has ${from}`);
  writeFileSync(
    join(folder, path),
    before.replace(from, () => to),
  );
  return await disagreements(folder);
}

t.test('each kind of disagreement is seen', async (t) => {
  for (const [title, path, from, to, sentence] of CHANGES) {
    await t.test(title, async (t) => {
      const found = await disagreementsAfter(t, path, from, to);
      t.ok(
        found.some((one) => sentence.test(one)),
        `${sentence.source} among: ${found.join(' | ')}`,
      );
    });
  }
});

t.test('variables are put in as Compose does it', async (t) => {
  t.equal(putIn('a ${X:-d} ${Y:?say it} $$z', { Y: 'y' }), 'a d y $z');
  t.throws(() => putIn('${Y:?say it}', { Y: '' }), /Y is not set: say it/);
  t.same(variablesOf('${A} ${B:-b} $${C}'), [
    { name: 'A', kind: 'bare', text: '' },
    { name: 'B', kind: 'defaulted', text: 'b' },
  ]);
  t.same(['30s', '500ms', '1m30s', '2min', 'soon'].map(millisecondsOf), [30_000, 500, 90_000, 120_000, Number.NaN]);
});
