// Links to recordings: what is valid, what is refused, and the bytes that come.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Recording } from '../../../src/domain/calls/recording.js';
import { receivedCall, recordingOf } from '../../contract/call-samples.js';
import { CallApi } from './call-api.js';

const WAV = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));

interface Kept {
  readonly api: CallApi;
  readonly key: string;
  readonly recording: Recording;
  readonly wavPath: string;
}

async function keepRecording(t: Test, changes: Partial<Recording> = {}): Promise<Kept> {
  const api = await CallApi.start(t);
  const call = receivedCall('c1');
  await api.calls.open(call);
  mkdirSync(join(api.folder, 'recordings'));
  const wavPath = join(api.folder, 'recordings', 'c1-c1-recording.wav');
  writeFileSync(wavPath, WAV);
  writeFileSync(wavPath.replace('.wav', '.mp3'), 'mp3 bytes');
  writeFileSync(wavPath.replace('.wav', '.peaks.json'), '{"version":2}');
  const recording = { ...recordingOf(call), wavPath, mp3Path: wavPath.replace('.wav', '.mp3'), ...changes };
  await api.calls.saveRecording(recording);
  return { api, key: await api.key('recordings:read'), recording, wavPath };
}

async function linkTo({ api, key, recording }: Kept, format: string): Promise<string> {
  const { json, status } = await api.ask(`/api/v1/recordings/${recording.id}/link?format=${format}`, key);
  if (status !== 200) throw new Error(JSON.stringify(json));
  return (json as { url: string }).url;
}

t.test('a link gives the recording without a key for fifteen minutes, and then says that it has expired', async (t) => {
  const kept = await keepRecording(t);
  const { api } = kept;
  const link = await linkTo(kept, 'wav');
  const whole = await fetch(`${api.url}${link}`);
  t.equal(whole.status, 200);
  t.same(Buffer.from(await whole.arrayBuffer()), WAV);
  t.equal(whole.headers.get('content-type'), 'audio/wav');
  t.equal(whole.headers.get('content-disposition'), 'inline; filename="c1-c1-recording.wav"');
  t.equal(whole.headers.get('accept-ranges'), 'bytes');
  t.equal((await api.ask(await linkTo(kept, 'mp3'), null)).text, 'mp3 bytes');
  await api.clock.advance(15 * 60_000 - 1);
  t.equal((await api.ask(link, null)).status, 200);
  await api.clock.advance(1_001);
  const late = await api.ask(link, null);
  t.equal(late.status, 410);
  t.match(late.json, { detail: /expired at .*; ask for a new one/ });
});

t.test('a range of bytes is answered 206, one behind the end 416, HEAD without a body', async (t) => {
  const kept = await keepRecording(t);
  const { api } = kept;
  const link = await linkTo(kept, 'wav');
  const RANGES = {
    'bytes=0-99': [0, 99],
    'bytes=199990-': [199_990, 199_999],
    'bytes=-10': [199_990, 199_999],
    'bytes=100-9999999': [100, 199_999],
  } as const;
  for (const [range, [first, last]] of Object.entries(RANGES)) {
    const part = await fetch(`${api.url}${link}`, { headers: { range } });
    t.equal(part.status, 206, range);
    t.equal(part.headers.get('content-range'), `bytes ${first}-${last}/200000`);
    t.same(Buffer.from(await part.arrayBuffer()), WAV.subarray(first, last + 1));
  }
  for (const range of ['bytes=200000-', 'bytes=-0']) {
    const beyond = await api.ask(link, null, { headers: { range } });
    t.equal(beyond.status, 416, range);
    t.equal(beyond.headers.get('content-range'), 'bytes */200000');
  }
  for (const range of ['bytes=5-2', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=x']) {
    t.equal((await api.ask(link, null, { headers: { range } })).status, 200, `${range} is passed over`);
  }
  const head = await api.ask(link, null, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
  t.match(
    { status: head.status, length: head.headers.get('content-length'), text: head.text },
    {
      status: 200,
      length: '200000',
      text: '',
    },
  );
  const etag = head.headers.get('etag') ?? '';
  t.equal((await api.ask(link, null, { headers: { 'if-none-match': etag } })).status, 304);
  t.equal((await api.ask(link, null, { headers: { 'if-range': '"other"', range: 'bytes=0-9' } })).status, 200);
  t.equal((await api.ask(link, null, { headers: { 'if-range': etag, range: 'bytes=0-9' } })).status, 206);
});

t.test('an altered link is refused, whatever was altered in it', async (t) => {
  const kept = await keepRecording(t);
  const { api } = kept;
  const link = await linkTo(kept, 'wav');
  const expires = Number(/expires=(\d+)/.exec(link)?.[1]);
  const ALTERED = {
    'another format': link.replace('.wav', '.mp3'),
    'another recording': link.replace('c1-recording', 'c2-recording'),
    'a later end': link.replace(`expires=${expires}`, `expires=${expires + 1}`),
    'another signature': link.replace(
      /signature=(.)/,
      (_all, first: string) => `signature=${first === 'A' ? 'B' : 'A'}`,
    ),
    'a shorter signature': link.slice(0, -1),
    'bits that base64url ignores': `${link}=`,
    'no signature': link.replace(/signature=.*/, 'signature='),
    'a path in the name': link.replace('/recordings/c1-recording', '/recordings/..%2F..%2Fetc%2Fpasswd'),
  };
  for (const [title, altered] of Object.entries(ALTERED)) {
    const { status, json } = await api.ask(altered, null);
    t.equal(status, 403, title);
    t.match(json, { title: 'The link is not valid' }, title);
  }
  t.equal((await api.ask('/recordings/c1-recording.wav', null)).status, 400, 'no query at all');
});

t.test('a recording without a file says why: not finished, lost, gone, or no such format', async (t) => {
  const kept = await keepRecording(t);
  const { api, key, recording, wavPath } = kept;
  const link = await linkTo(kept, 'wav');
  rmSync(wavPath);
  t.equal((await api.ask(link, null)).status, 410);
  symlinkSync('/etc/hostname', wavPath);
  t.equal((await api.ask(link, null)).status, 410, 'a symbolic link is not followed');
  rmSync(wavPath);
  const ask = async (changes: Partial<Recording>) => {
    await api.calls.saveRecording({ ...recording, ...changes });
    return await api.ask(`/api/v1/recordings/${recording.id}/link?format=mp3`, key);
  };
  t.match(await ask({ state: 'recording' }), { status: 409 });
  t.match(await ask({ state: 'lost', lostReason: 'the disk was full' }), { status: 410, text: /the disk was full/ });
  t.match(await ask({ mp3Path: null }), { status: 404, text: /it has wav/ });
  t.match(await api.ask('/api/v1/recordings/nobody/link', key), { status: 404 });
  await api.calls.saveRecording({ ...recording, wavPath: '/etc/hostname' });
  t.equal((await api.ask(link, null)).status, 410, 'a row cannot point to another file');
});

t.test('the waveform is there for a key, and not without', async (t) => {
  const { api, key, recording } = await keepRecording(t, { wavPath: null });
  const path = `/api/v1/recordings/${recording.id}/waveform`;
  t.match(await api.ask(path, key), { status: 200, json: { version: 2 } });
  t.equal((await api.ask(path, null)).status, 401);
  t.equal((await api.ask(path, await api.key('calls:read'))).status, 403);
});
