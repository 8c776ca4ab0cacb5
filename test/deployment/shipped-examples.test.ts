/** The files of docs/examples are what docs/first-live-call.md says: configurations that can be applied, and a firewall with the carriers' networks. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { BUILT_IN_DIALECTS } from '../../src/adapters/bidders/built-in-dialects.js';
import { fillDialect } from '../../src/adapters/bidders/fill-dialect.js';
import { readConfigurationFile } from '../../src/adapters/config-file/read-configuration-file.js';
import { BUILT_IN_PROMPTS } from '../../src/adapters/speech/built-in-sounds.js';
import { loadConfig } from '../../src/config/config.js';
import { packageRoot } from '../../src/config/package-root.js';
import { EMPTY_DOCUMENT } from '../../src/domain/campaigns/configuration.js';
import { networksOfCarrier } from '../../src/domain/trunks/carrier-networks.js';

const file = (path: string): string => join(packageRoot(), path);
const text = (path: string): string => readFileSync(file(path), 'utf8');
const OPTIONS = {
  dialects: BUILT_IN_DIALECTS,
  fillDialect,
  stored: { ...EMPTY_DOCUMENT, prompts: BUILT_IN_PROMPTS },
};

for (const [name, carrier] of [
  ['telnyx', 'Telnyx'],
  ['twilio', 'Twilio'],
] as const) {
  t.test(
    `the example for ${carrier} is applied: its number leads to a target through a trunk of that carrier`,
    async (t) => {
      const read = await readConfigurationFile(file(`docs/examples/${name}.json`), OPTIONS);
      if (!read.ok) throw new Error(JSON.stringify(read.faults));
      const { trunks, dids, campaigns, targets } = read.document;
      const trunk = trunks.find(({ id }) => id === name);
      t.match(trunk, { profile: name, sourceCidrs: networksOfCarrier(carrier) });
      t.equal(trunk?.gateways.length, 1);
      t.match(trunks.find(({ id }) => id === 'this-machine')?.sourceCidrs, ['127.0.0.0/8']);
      t.equal(dids[0]?.campaignId, campaigns[0]?.id);
      t.match(targets[0], { id: campaigns[0]?.targetIds[0], trunkId: name, destination: { kind: 'number' } });
      t.same(trunk?.callerId, { kind: 'own', number: dids[0]?.number }, 'a caller ID that the carrier accepts');
    },
  );
}

const nft = text('docs/examples/ringpost.nft');

function elementsOf(set: string): readonly string[] {
  const body = new RegExp(`set ${set} \\{[^}]*elements = \\{([^}]*)\\}`).exec(nft)?.[1] ?? '';
  return body.split(',').map((word) => word.trim());
}

t.test('the firewall lets in the networks of the carriers, and closes the ports of the control links', async (t) => {
  t.same(elementsOf('telnyx'), networksOfCarrier('Telnyx'));
  t.same(elementsOf('twilio'), networksOfCarrier('Twilio'));
  const { config } = loadConfig({
    RINGPOST_ENGINE: 'servers',
    DRACHTIO_SECRET: 'quite-secret',
    FREESWITCH_EVENT_SOCKET_PASSWORD: 'secret-too',
  });
  const [server] = config.mediaServers;
  const closed = /dport \{ ([\d, ]+) \} drop\n\s+# Audio/.exec(nft)?.[1]?.split(', ').map(Number) ?? [];
  t.same(closed, [server?.sip.port, server?.eventSocket.port, config.http.port, config.drachtio.port]);
  const { rtpPortMin, rtpPortMax } = config.switch;
  t.ok(nft.includes(`udp dport ${rtpPortMin}-${rtpPortMax} accept`));
  const sip = nft.indexOf('dport { 5060, 5061 } drop');
  t.ok(sip > nft.indexOf('ip saddr @buyers accept'), 'SIP of all others is dropped after the sets');
});

for (const document of ['docs/first-live-call.md', 'docker/README.md']) {
  t.test(`every file that ${document} links to or installs exists`, async (t) => {
    const links = [...text(document).matchAll(/\]\(([^)#:]+)\)/g)].map((match) =>
      join(dirname(document), match[1] ?? ''),
    );
    const installed = [...text(document).matchAll(/(?<![\w/])((?:systemd|docs\/examples)\/[\w.-]+)/g)].map(
      (match) => match[1] ?? '',
    );
    t.ok(links.length > 1);
    for (const path of [...links, ...installed]) t.ok(existsSync(file(path)), path);
  });
}
