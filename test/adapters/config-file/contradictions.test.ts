// Contradictions in a configuration file: each is one fault at its field, with what was found and what is expected.
import t from 'tap';
import { readChanged, sentences } from './documented-example.js';

/** Each row: the change to the documented example, and the one fault that follows. */
const FIELDS: readonly (readonly [string, unknown, RegExp])[] = [
  [
    'trunks.0.sourceCidrs',
    ['10.0.0.5/8'],
    /^trunks\[0\]\.sourceCidrs\[0\]: found "10\.0\.0\.5\/8", expected a network/,
  ],
  ['trunks.0.sourceCidrs', ['300.1.1.1'], /sourceCidrs\[0\]/],
  ['trunks.0.sourceCidrs', ['10.1/16'], /sourceCidrs\[0\]/],
  ['trunks.0.sourceCidrs', ['2001:db8::1/32'], /sourceCidrs\[0\]/],
  ['trunks.0.sourceCidrs', ['192.0.2.1', '192.0.2.1/32'], /sourceCidrs\[1\].*a call belongs to one trunk/],
  ['trunks.0.gateways.0.host', 'a b', /gateways\[0\]\.host: found "a b", expected a host name or an IP address/],
  ['trunks.0.gateways.0.port', 70_000, /port: found 70000, expected a whole number from 1 to 65,535/],
  ['trunks.0.gateways.0.transport', 'sctp', /transport: found "sctp", expected "udp" or "tcp" or "tls"/],
  ['trunks.0.callerId', { kind: 'anonymous' }, /^trunks\[0\]\.callerId\.kind: found "anonymous"/],
  ['trunks.0.callerId', { kind: 'own' }, /callerId\.number: found nothing, expected a number in E\.164/],
  ['dids.0.number', '8005550100', /dids\[0\]\.number: found "8005550100", expected a number in E\.164 form/],
  ['dids.0.number', undefined, /dids\[0\]\.number: found nothing/],
  ['sources.0.payout.percent', 101, /percent: found 101, expected a percentage/],
  ['sources.0.payout.percent', 33.333, /percent: found 33\.333/],
  ['campaigns.0.currency', 'DOLLAR', /currency: found "DOLLAR", expected an ISO 4217/],
  ['campaigns.0.schedule.timeZone', 'America/Gotham', /timeZone: found "America\/Gotham", expected an IANA/],
  ['campaigns.0.schedule.hours', {}, /schedule\.hours: found an object, expected at least one range/],
  ['campaigns.0.schedule.hours', { mon: [] }, /schedule\.hours: found an object, expected at least one range/],
  ['campaigns.0.schedule.hours', { mon: ['9-17'] }, /hours\.mon\[0\]: found "9-17", expected a range/],
  ['campaigns.0.schedule.hours', { mon: ['09:00-09:00'] }, /hours\.mon\[0\]/],
  ['campaigns.0.schedule.hours', { monday: ['09:00-10:00'] }, /hours\.monday: found a list of 1, expected no field/],
  ['campaigns.0.holdMusicPromptId', 'jazz', /holdMusicPromptId: found "jazz", expected the id of a prompt: /],
  ['campaigns.0.fallback.1.greetingPromptId', 'jazz', /fallback\[1\]\.greetingPromptId: found "jazz"/],
  ['campaigns.0.fallback.0.trunkId', null, /fallback\[0\]\.trunkId: found nothing, expected a trunk through which/],
  ['targets.0.voicemail', { greetingPromptId: 'jazz' }, /targets\[0\]\.voicemail\.greetingPromptId: found "jazz"/],
  ['targets.0.voicemail', { limitMs: 1 }, /voicemail\.limitMs: found 1, expected/],
  ['campaigns.0.whenClosed', [], /whenClosed: found an empty list/],
  ['campaigns.0.whenClosed', [{ kind: 'message', promptId: 'jazz' }], /whenClosed\[0\]\.promptId: found "jazz"/],
  [
    'campaigns.0.whenClosed',
    [{ kind: 'dial', destination: '+12125550100' }],
    /whenClosed\[0\]\.trunkId: found nothing/,
  ],
  ['campaigns.0.fallback.0.kind', 'fax', /fallback\[0\]\.kind: found "fax", expected a step/],
  ['campaigns.0.blockedCallers', ['*'], /blockedCallers\[0\]: found "\*"/],
  ['campaigns.0.blockedCallers', ['1900*'], /blockedCallers\[0\]/],
  ['campaigns.0.auctionDeadlineMs', 10, /auctionDeadlineMs: found 10/],
  ['campaigns.0.maxHoldMs', 2_000, /auctionDeadlineMs: found 3000, expected at most maxHoldMs, which is 2000/],
  ['campaigns.0.minimumBid', 0.000_000_1, /minimumBid: found 1e-7/],
  ['campaigns.0.targetIds', ['acme-live', 'acme-live'], /targetIds\[1\]: found "acme-live"/],
  ['campaigns.0.maxCalls', 1.5, /maxCalls: found 1\.5, expected a whole number from 0 to 100,000, or null/],
  ['targets.1.price', undefined, /targets\[1\]\.price: found nothing, expected a price, or a bidderId/],
  ['targets.0.price', 5, /targets\[0\]\.price: found 5, expected nothing/],
  ['targets.1.minimumBid', 5, /targets\[1\]\.minimumBid: found 5, expected nothing/],
  ['targets.1.destination', '+12125550100', /targets\[1\]\.trunkId: found nothing, expected a trunk through which/],
  ['targets.1.destination', 'sip:sales@[number]', /targets\[1\]\.destination: found "sip:sales@\[number\]"/],
  ['targets.1.destination', 'tel:911', /targets\[1\]\.destination: found "tel:911"/],
  ['targets.1.destination', undefined, /targets\[1\]\.destination: found nothing, expected a destination/],
  ['targets.1.weight', -1, /weight: found -1/],
  [
    'campaigns.0.voicemailWebhook',
    { url: 'ftp://x', secret: 'sixteen letters!' },
    /voicemailWebhook\.url: found "ftp:/,
  ],
  ['campaigns.0.voicemailWebhook', { url: 'https://u:p@x.example', secret: 'sixteen letters!' }, /url: .*without user/],
  ['campaigns.0.voicemailWebhook', { url: 'https://x.example', secret: 'short' }, /secret: found a text that is not/],
  ['campaigns.0.voicemailMail', ['a@b.example\r\nBcc: c@d.example'], /voicemailMail\[0\]: .*an address such as/],
  ['dids.0.fax', { mailTo: ['nobody'] }, /dids\[0\]\.fax\.mailTo\[0\]: found "nobody", expected an address such as/],
  ['dids.0.fax', { stationId: 'us;originate' }, /fax\.stationId: found "us;originate", expected one to 20 digits/],
  ['campaigns.0.voicemailMail', ['a@b.example', 'a@b.example'], /voicemailMail: .*each once/],
  ['campaigns.0.recovery', { withinMs: 5_000, maxAttempts: 6 }, /recovery\.maxAttempts: found 6, expected a whole/],
  ['campaigns.0.hedgeAfterMs', 10, /hedgeAfterMs: found 10, expected a whole number of milliseconds from 200/],
  ['targets.1.maxEarlierConnections', 6, /maxEarlierConnections: found 6/],
  [
    'targets.1.skills',
    [{ skill: 'Spanish' }],
    /targets\[1\]\.skills\[0\]\.skill: found "Spanish", expected a skill such as/,
  ],
  ['targets.1.skills', [{ skill: 'es' }, { skill: 'es', level: 9 }], /targets\[1\]\.skills: found .*, each once/],
  [
    'targets.1.concurrency',
    { timeZone: 'UTC', ranges: [{ hours: '9-5', maxCalls: 1 }] },
    /concurrency\.ranges\[0\]\.hours: found "9-5", expected a range/,
  ],
  [
    'targets.1.concurrency',
    { timeZone: 'Mars', ranges: [{ hours: '09:00-17:00', maxCalls: 1 }] },
    /concurrency\.timeZone: found "Mars"/,
  ],
  ['campaigns.0.consent', { states: ['California'] }, /consent\.states\[0\]: found "California", expected a state/],
  ['targets.1.acceptKey', { digit: '12' }, /acceptKey\.digit: found "12", expected one of the keys/],
  ['targets.1.acceptKey', { promptId: 'jazz' }, /targets\[1\]\.acceptKey\.promptId: found "jazz", expected the id/],
  ['targets.1.acceptKey', { voicemailDrop: { promptId: 'jazz' } }, /acceptKey\.voicemailDrop\.promptId: found "jazz"/],
  ['targets.1.acceptKey', { voicemailDrop: {} }, /acceptKey\.voicemailDrop\.promptId: .*expected/],
  ['targets.1.isActive', 'yes', /isActive: found "yes", expected true or false/],
  ['bidders.0.pingTimeoutMs', 49, /pingTimeoutMs: found 49, expected a whole number of milliseconds from 50/],
  ['bidders.0.url', 'ftp://rtb.acme.example', /bidders\[0\]\.url: found "ftp:/],
  ['bidders.0.url', 'https://{{caller_number}}.example/', /bidders\[0\]\.url/],
  ['bidders.0.url', 'https://user:pw@rtb.example/', /bidders\[0\]\.url/],
  ['bidders.0.url', undefined, /bidders\[0\]\.url: found nothing, expected an http or https URL/],
  ['bidders.0.postUrl', 'https://rtb.example/post', /bidders\[0\]\.postUrl: .*no post step/],
  ['bidders.0.dialect', 'klingon', /dialect: found "klingon", expected .*"generic-json"/],
  ['bidders.0.dialect', 'service-direct', /bidders\[0\]\.settings: .*"provider_key"/],
  ['bidders.0.headers', { 'X Y': '1' }, /headers\["X Y"\]: found a text that is not shown/],
  ['bidders.0.headers', { Key: 's3cret\r\nX: 1' }, /headers\.Key: found a text that is not shown/],
  ['prompts.0.text', '', /prompts\[0\]\.text: found "", expected a text of 1 to 2,000 characters/],
  [
    'prompts.4.text',
    'From {{stat}}.',
    /^prompts\[4\]\.text: found "From {{stat}}\.", expected no "{{stat}}": the tokens are/,
  ],
  ['prompts.0.text', undefined, /prompts\[0\]\.text: found nothing, expected a text to speak, or a file/],
  ['prompts.5.text', 'la la', /prompts\[5\]\.text: found "la la", expected nothing, since there is a file/],
  ['prompts.5.file', 'music.ogg', /prompts\[5\]\.file: found "music\.ogg", expected the path of a WAV or MP3/],
];

await t.test('each contradiction is one fault at its field', async (t) => {
  for (const [place, value, expected] of FIELDS) {
    const found = sentences(readChanged({ [place]: value }));
    t.equal(found.length, 1, `${place}: ${found.join(' | ')}`);
    t.match(found[0], expected);
  }
});

await t.test('a secret that is wrong is not shown', async (t) => {
  const faults = sentences(
    readChanged({ 'trunks.0.credentials.password': 'hunter2\n', 'bidders.0.url': 'x?key=hunter2' }),
  );
  t.equal(faults.length, 2);
  t.notMatch(faults.join(), 'hunter2');
});

await t.test('a number cannot be dialled through a trunk without a gateway', async (t) => {
  const faults = sentences(readChanged({ 'trunks.0.gateways': [], 'campaigns.0.fallback': [] }));
  t.same(faults, ['targets[0].trunkId: found "telnyx", expected a trunk that has a gateway to dial through']);
});

await t.test('a target that competes in two currencies has no price', async (t) => {
  const other = { id: 'dach', currency: 'EUR', targetIds: ['best-roofs'], holdMusicPromptId: 'music' };
  t.same(sentences(readChanged({ 'campaigns.1': other })), [
    'campaigns[1].targetIds[0]: found "best-roofs", expected a target priced in EUR; campaign "roofing" counts it in USD',
  ]);
});

await t.test('hostile keys stay keys and become escaped faults', async (t) => {
  const hostile = JSON.parse('{"__proto__": {"isActive": false}, "\\u001b[31mred": 1}') as object;
  const faults = sentences(readChanged({ 'buyers.0': { id: 'acme', ...hostile } }));
  t.equal(faults.length, 2, 'both are named');
  t.notMatch(faults.join(), '\u001b');
});
