/**
 * The configuration as an operator meets it: defaults, values, and each contradiction with the sentence that says what to change.
 */
import t from 'tap';
import { loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import type { HostFacts } from '../../src/config/config-shape.js';

type Environment = Record<string, string>;

const HOST: HostFacts = { workingFolder: '/srv/ringpost', ephemeralPortMin: 32_768 };
const SERVERS = {
  RINGPOST_ENGINE: 'servers',
  DRACHTIO_SECRET: 'quite-secret',
  FREESWITCH_EVENT_SOCKET_PASSWORD: 'secret-too',
};

function faultsOf(env: Environment, host = HOST): readonly string[] {
  try {
    loadConfig(env, host);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

t.test(
  'with an empty environment the embedded switch runs on loopback with the data below the working folder',
  async (t) => {
    const { config, secrets } = loadConfig({}, HOST);
    t.match(config, {
      engine: 'embedded',
      files: {
        databaseFile: '/srv/ringpost/data/ringpost.db',
        promptFolder: '/srv/ringpost/data/prompts',
        recordingFolder: '/srv/ringpost/data/recordings',
        minFreeDiskBytes: 500_000_000,
      },
      drachtio: { host: '127.0.0.1', port: 9022 },
      mediaServers: [{ name: '127.0.0.1:8021', eventSocket: { port: 8021 }, sip: { host: '127.0.0.1', port: 5080 } }],
      switch: { sipAddress: '127.0.0.1', sipPort: 5060, mediaAddress: '127.0.0.1', externalAddress: null },
      calls: { maxCalls: 500, drainMs: 30_000 },
      speechEngines: ['flite', 'espeak-ng', 'flite-wasm'],
    });
    t.equal(secrets.drachtio.origin, 'generated');
    t.not(secrets.drachtio.reveal(), loadConfig({}, HOST).secrets.drachtio.reveal(), 'new at each start');
  },
);

t.test('values arrive converted, and a variable set to nothing counts as left out', async (t) => {
  const { config } = loadConfig(
    {
      RINGPOST_MAX_CALLS: ' 25 ',
      RINGPOST_MP3: 'off',
      RINGPOST_DRAIN_MS: '0',
      RINGPOST_NODE_NAME: '',
      RINGPOST_RECORDING_FOLDER: '/mass/rec',
      RINGPOST_PING_ALLOW_PRIVATE: '10.1.0.0/16, 127.0.0.0/8',
      RINGPOST_FS_SIP_PORT: '5090',
      PATH: '/bin',
    },
    HOST,
  );
  t.equal(config.calls.maxCalls, 25);
  t.equal(config.calls.drainMs, 0);
  t.equal(config.nodeName, 'ringpost');
  t.equal(config.files.isMp3Made, false);
  t.equal(config.files.recordingFolder, '/mass/rec');
  t.same(config.pingAllowPrivate, ['10.1.0.0/16', '127.0.0.0/8']);
});

t.test('several media servers are named by their event sockets', async (t) => {
  const { config } = loadConfig(
    { ...SERVERS, FREESWITCH_SERVERS: '10.0.0.5:8021/10.0.0.5:5080, [fd00::6]:8021/fs6.internal:5080' },
    HOST,
  );
  t.same(
    config.mediaServers.map(({ name }) => name),
    ['10.0.0.5:8021', '[fd00::6]:8021'],
  );
  t.same(config.mediaServers[1]?.sip, { host: 'fs6.internal', port: 5080 });
});

t.test('port 0 is for the embedded switch alone', async (t) => {
  const free = { DRACHTIO_PORT: '0', FREESWITCH_EVENT_SOCKET_PORT: '0', FREESWITCH_SIP_ADDRESS: '127.0.0.1:0' };
  t.same(faultsOf({ ...free, RINGPOST_SIP_PORT: '0' }), []);
  t.match(faultsOf({ ...SERVERS, ...free }), [/need a port other than 0/]);
});

/** Each environment has one fault, and the sentence names the variables and the way out. */
const CONTRADICTIONS: readonly (readonly [string, Environment, RegExp])[] = [
  ['a number out of range', { RINGPOST_MAX_CALLS: '0' }, /^RINGPOST_MAX_CALLS is "0": .* from 1 to 10000 \(calls\)/],
  ['a number that is none', { RINGPOST_SIP_PORT: '5060x' }, /^RINGPOST_SIP_PORT is "5060x": it takes a whole number/],
  ['a word that is none of the list', { RINGPOST_LOG_LEVEL: 'loud' }, /one of fatal, error, warn/],
  ['a mistyped name', { RINGPOST_DRAINMS: '5000' }, /^RINGPOST_DRAINMS is not known: did you mean RINGPOST_DRAIN_MS\?/],
  ['a range upside down', { RINGPOST_RTP_PORT_MIN: '20000', RINGPOST_RTP_PORT_MAX: '19000' }, /exchange them/],
  ['a range among the ephemeral ports', { RINGPOST_RTP_PORT_MAX: '33000' }, /ephemeral .* begin at 32768/],
  ['a range of system ports', { RINGPOST_RTP_PORT_MIN: '1000', RINGPOST_RTP_PORT_MAX: '4000' }, /below 1024/],
  ['too few ports', { RINGPOST_RTP_PORT_MIN: '31000', RINGPOST_RTP_PORT_MAX: '31999' }, /room for 250 calls/],
  ['two listeners on one port', { RINGPOST_SIP_PORT: '5080' }, /RINGPOST_SIP_PORT and FREESWITCH_SIP_ADDRESS are both/],
  ['SIP among the RTP ports', { RINGPOST_SIP_PORT: '20000' }, /lies in the range of RINGPOST_RTP_PORT_MIN/],
  ['media on no address', { RINGPOST_SIP_ADDRESS: '0.0.0.0' }, /set it to an address of this machine/],
  ['a name for an address', { RINGPOST_MEDIA_ADDRESS: 'media.example' }, /takes an IP address/],
  ['control beyond loopback', { DRACHTIO_HOST: '10.0.0.1' }, /loopback only: .*RINGPOST_ENGINE=servers/],
  ['control on the internet', { ...SERVERS, DRACHTIO_HOST: '8.8.8.8' }, /a public address/],
  [
    'an accepted risk in other words',
    { RINGPOST_ALLOW_PUBLIC_CONTROL_PORTS: 'yes' },
    /says nothing but whoever-reaches/,
  ],
  ['TLS on the control link', { ...SERVERS, DRACHTIO_HOST: 'tls://10.0.0.1' }, /would come back as plain TCP/],
  ['servers beside the switch', { FREESWITCH_SERVERS: '127.0.0.1:1/127.0.0.1:2' }, /the embedded switch is the media/],
  ['a server twice', { ...SERVERS, FREESWITCH_SERVERS: '10.0.0.5:1/h:2 10.0.0.5:1/h:3' }, /names 10.0.0.5:1 twice/],
  ['half a server', { ...SERVERS, FREESWITCH_SERVERS: '10.0.0.5:8021' }, /event socket\/SIP/],
  ['a SIP address without port', { FREESWITCH_SIP_ADDRESS: '127.0.0.1' }, /write host and port/],
  ['recordings among prompts', { RINGPOST_RECORDING_FOLDER: '/a/b', RINGPOST_PROMPT_FOLDER: '/a' }, /keep them apart/],
  ['the database among recordings', { RINGPOST_DATABASE_FILE: 'data/recordings/a.db' }, /place it outside/],
  ['a folder that FreeSWITCH reads as commands', { RINGPOST_PROMPT_FOLDER: '/a $x' }, /letters, digits/],
  ['a public network for private bidders', { RINGPOST_PING_ALLOW_PRIVATE: '0.0.0.0/0' }, /not one private network/],
  ['a network that is none', { RINGPOST_PING_ALLOW_PRIVATE: '10.0.0.1' }, /write networks/],
  ['a source that is none', { RINGPOST_SIP_SOURCES: 'carrier.example' }, /RINGPOST_SIP_SOURCES has .* write networks/],
  ['sources for drachtio', { ...SERVERS, RINGPOST_SIP_SOURCES: '10.0.0.0/8' }, /put a firewall before drachtio/],
  ['an engine that is none', { RINGPOST_TTS_ENGINES: 'flite, festival' }, /"festival": the engines are/],
  ['an engine twice', { RINGPOST_TTS_ENGINES: 'flite flite' }, /twice/],
  ['a country that is none', { RINGPOST_DEFAULT_COUNTRY: 'XX' }, /no country with a numbering plan/],
  ['seconds for milliseconds', { RINGPOST_DRAIN_MS: '30' }, /the unit is milliseconds/],
];

for (const [name, env, sentence] of CONTRADICTIONS) {
  t.test(`${name}: the start is refused with what to change`, async (t) => {
    const faults = faultsOf(env);
    t.equal(faults.length, 1, faults.join('\n'));
    t.match(faults[0], sentence);
  });
}

t.test('a public control port is taken from an operator who says so in so many words', async (t) => {
  const env = { ...SERVERS, DRACHTIO_HOST: '8.8.8.8' };
  t.same(faultsOf({ ...env, RINGPOST_ALLOW_PUBLIC_CONTROL_PORTS: 'whoever-reaches-them-may-place-calls' }), []);
});

t.test('all faults come at once, whatever their kind', async (t) => {
  const faults = faultsOf({
    RINGPOST_ENGINE: 'servers',
    RINGPOST_MAXCALLS: '3',
    RINGPOST_MAX_CALLS: 'many',
    RINGPOST_DEFAULT_COUNTRY: 'XX',
    DRACHTIO_SECRET: 'cymru',
  });
  t.match(faults, [/MAXCALLS/, /MAX_CALLS is/, /COUNTRY/, /DRACHTIO_SECRET/, /FREESWITCH_EVENT_SOCKET_PASSWORD/]);
});

t.test('what is shown of a faulty value cannot drive a terminal', async (t) => {
  const [fault = ''] = faultsOf({ RINGPOST_LOG_LEVEL: `\u001b[2J${'x'.repeat(500)}` });
  t.match(fault, /^[\x20-\x7e]{1,240}$/);
});

t.test('a recogniser has an address, and a secret that is not in it, or is refused with what to change', async (t) => {
  const asr = { RINGPOST_ASR_URL: 'https://asr.example/listen?model=phone' };
  const { config, secrets } = loadConfig({ ...asr, RINGPOST_ASR_AUTHORIZATION: 'Token abc' }, HOST);
  const paths = { transcriptPath: 'transcript', confidencePath: 'confidence' };
  t.same(config.recogniser, { url: asr.RINGPOST_ASR_URL, timeoutMs: 4_000, ...paths });
  t.equal(secrets.asrAuthorization?.reveal(), 'Token abc');
  t.notMatch(JSON.stringify(config), /abc/);
  t.equal(loadConfig({}, HOST).config.recogniser, null);
  const near = { RINGPOST_ASR_URL: 'http://[::1]:8000/', RINGPOST_ASR_AUTHORIZATION: 'x' };
  t.match(loadConfig(near, HOST).config.recogniser, { url: 'http://[::1]:8000/' });
  const refused: readonly (readonly [Environment, RegExp])[] = [
    [{ RINGPOST_ASR_URL: 'asr.example' }, /RINGPOST_ASR_URL is "asr\.example": write the address/],
    [{ RINGPOST_ASR_URL: 'ftp://asr.example/' }, /write the address/],
    [{ RINGPOST_ASR_URL: 'https://a:b@asr.example/' }, /holds a user or a password/],
    [{ RINGPOST_ASR_AUTHORIZATION: 'x' }, /RINGPOST_ASR_URL is not/],
    [{ RINGPOST_ASR_URL: 'http://asr.example/', RINGPOST_ASR_AUTHORIZATION: 'x' }, /would travel unencrypted/],
    [{ ...asr, RINGPOST_ASR_TRANSCRIPT_PATH: 'a b' }, /RINGPOST_ASR_TRANSCRIPT_PATH/],
    [{ ...asr, RINGPOST_ASR_TIMEOUT_MS: '4' }, /RINGPOST_ASR_TIMEOUT_MS/],
  ];
  for (const [env, sentence] of refused) {
    const faults = faultsOf(env);
    t.equal(faults.length, 1, faults.join(' '));
    t.match(faults[0], sentence);
  }
});

t.test('mail goes out over TLS, with a password of its own, or is refused with what to change', async (t) => {
  const mail = {
    RINGPOST_SMTP_URL: 'smtp://calls%40a.example@mail.example',
    RINGPOST_SMTP_FROM: 'Calls <calls@a.example>',
  };
  const { config, secrets } = loadConfig({ ...mail, RINGPOST_SMTP_PASSWORD: 'a pass word' }, HOST);
  t.same(config.mail, {
    ...{ host: 'mail.example', port: 587, tls: 'starttls', user: 'calls@a.example' },
    from: { name: 'Calls', address: 'calls@a.example' },
  });
  t.equal(secrets.smtpPassword?.reveal(), 'a pass word');
  t.equal(loadConfig({}, HOST).config.mail, null);
  const relay = { ...mail, RINGPOST_SMTP_URL: 'smtps://[fd00::6]' };
  t.match(loadConfig(relay, HOST).config.mail, { host: 'fd00::6', port: 465, tls: 'from-start', user: null });
  const refused: readonly (readonly [Environment, RegExp])[] = [
    [mail, /RINGPOST_SMTP_PASSWORD is not set/],
    [{ ...relay, RINGPOST_SMTP_PASSWORD: 'x' }, /names no user/],
    [{ ...mail, RINGPOST_SMTP_URL: 'smtp://a:b@mail.example' }, /holds a password/],
    [{ ...mail, RINGPOST_SMTP_URL: 'https://mail.example' }, /RINGPOST_SMTP_URL is "https:.*: write smtps:/],
    [{ ...mail, RINGPOST_SMTP_URL: 'smtp://mail.example/path' }, /write smtps:/],
    [{ RINGPOST_SMTP_URL: 'smtp://mail.example' }, /RINGPOST_SMTP_FROM is not set/],
    [{ ...relay, RINGPOST_SMTP_FROM: 'calls@a.example\r\nBcc: b@example.net' }, /RINGPOST_SMTP_FROM is "calls/],
    [{ RINGPOST_SMTP_FROM: 'calls@a.example' }, /RINGPOST_SMTP_URL is not/],
    [{ ...relay, RINGPOST_SMTP_TLS: 'none' }, /leave one of them out/],
    [{ ...mail, RINGPOST_SMTP_PASSWORD: 'x', RINGPOST_SMTP_TLS: 'none' }, /would travel unencrypted/],
  ];
  for (const [env, sentence] of refused) {
    const faults = faultsOf(env);
    t.equal(faults.length, 1, faults.join(' '));
    t.match(faults[0], sentence);
  }
});
