/** Prompts through the API, with the speech engine and the converter that calls use: spoken, uploaded, heard, refused. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { synthesise } from '../../../src/adapters/speech/built-in-sounds.js';
import { createPromptLibrary } from '../../../src/adapters/speech/prompt-library.js';
import { writeTelephoneWav } from '../../../src/adapters/speech/wav-sound.js';
import { type ApiUnderTest, startApi } from './api-under-test.js';

const BEEP = writeTelephoneWav(synthesise('beep'));
const BOUNDARY = 'ringpost-form-boundary';

interface Part {
  readonly name: string;
  readonly fileName?: string;
  readonly content: Buffer | string;
}

function form(parts: readonly Part[]): { readonly body: Buffer; readonly headers: Record<string, string> } {
  const pieces = parts.flatMap(({ name, fileName, content }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    fileName === undefined ? '\r\n\r\n' : `; filename="${fileName}"\r\nContent-Type: audio/wav\r\n\r\n`,
    content,
    '\r\n',
  ]);
  const body = Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)));
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } };
}

async function startWithSound(t: Test): Promise<ApiUnderTest & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-prompts-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const library = await createPromptLibrary({ folder, engines: ['flite-wasm'] });
  t.teardown(() => library.close());
  return { ...(await startApi(t, { prompts: library, uploads: library })), folder };
}

t.test('a text is previewed, saved, heard in whole and in part, and an edit of it is heard at once', async (t) => {
  const { ask } = await startWithSound(t);
  const preview = await ask('/prompts/preview', { method: 'POST', body: { text: 'Hello.' } });
  t.equal(preview.status, 200);
  t.equal(preview.headers['content-type'], 'audio/wav');
  t.ok(preview.text.startsWith('RIFF'));
  t.equal((await ask('/prompts/greeting')).status, 404, 'a preview saves nothing');
  const created = await ask('/prompts', { method: 'POST', body: { id: 'greeting', text: 'Hello.' } });
  t.equal(created.status, 201);
  const whole = await ask('/prompts/greeting/audio');
  t.equal(whole.status, 200);
  const size = Number(whole.headers['content-length']);
  const part = await ask('/prompts/greeting/audio', { headers: { range: 'bytes=0-3' } });
  t.same([part.status, part.text, part.headers['content-range']], [206, 'RIFF', `bytes 0-3/${size}`]);
  t.equal((await ask('/prompts/greeting/audio', { headers: { range: `bytes=${size}-` } })).status, 416);
  const body = { id: 'greeting', text: 'A very much longer sentence is spoken now.' };
  const headers = { 'if-match': created.headers.etag ?? '' };
  t.equal((await ask('/prompts/greeting', { method: 'PUT', body, headers })).status, 200);
  const edited = await ask('/prompts/greeting/audio');
  t.ok(Number(edited.headers['content-length']) > size);
});

t.test('a sound is uploaded, shown without a path of this machine, heard, and replaced by another', async (t) => {
  const { ask, folder } = await startWithSound(t);
  const upload = form([
    { name: 'id', content: 'beep' },
    { name: 'file', fileName: 'beep.wav', content: BEEP },
  ]);
  const created = await ask('/prompts', { method: 'POST', ...upload });
  t.equal(created.status, 201, created.text);
  t.notOk(created.text.includes(folder));
  t.match(created.json, { id: 'beep', file: /^[0-9a-f]{64}\.wav$/ });
  t.equal((await ask('/prompts/beep/audio')).status, 200);
  const music = form([{ name: 'file', fileName: 'music.wav', content: writeTelephoneWav(synthesise('hold-music')) }]);
  const headers = { ...music.headers, 'if-match': created.headers.etag ?? '' };
  const replaced = await ask('/prompts/beep', { method: 'PUT', body: music.body, headers });
  t.equal(replaced.status, 200);
  t.not(replaced.json.file, created.json.file);
  const same = { id: 'beep', file: replaced.json.file };
  const tag = { 'if-match': replaced.headers.etag ?? '' };
  t.equal((await ask('/prompts/beep', { method: 'PUT', body: same, headers: tag })).status, 200);
});

t.test('a prompt is heard as often as `plays` says, a text and an upload alike, from 1 to 10 times', async (t) => {
  const { ask } = await startWithSound(t);
  const lengthOf = async (id: string): Promise<number> =>
    Number((await ask(`/prompts/${id}/audio`)).headers['content-length']);
  const created = await ask('/prompts', { method: 'POST', body: { id: 'closed', text: 'We are closed.', plays: 2 } });
  t.equal(created.status, 201, created.text);
  t.equal(created.json.plays, 2);
  await ask('/prompts', { method: 'POST', body: { id: 'once', text: 'We are closed.' } });
  t.equal(await lengthOf('closed'), 2 * ((await lengthOf('once')) - 44) + 8_000 + 44);
  const upload = (plays: string): ReturnType<typeof form> =>
    form([
      { name: 'id', content: 'beep' },
      { name: 'plays', content: plays },
      { name: 'file', fileName: 'beep.wav', content: BEEP },
    ]);
  for (const wrong of ['0', '11', 'twice', '1.5']) {
    const refused = await ask('/prompts', { method: 'POST', ...upload(wrong) });
    t.equal(refused.status, 422, wrong);
    t.match(refused.json.faults, [{ field: 'plays', expected: /a whole number from 1 to 10/ }]);
  }
  const uploaded = await ask('/prompts', { method: 'POST', ...upload('3') });
  t.equal(uploaded.status, 201, uploaded.text);
  t.equal(uploaded.json.plays, 3);
});

t.test('what is no sound is refused with a sentence, and so is a path in a name', async (t) => {
  const { ask, folder, deps } = await startWithSound(t);
  const post = (parts: readonly Part[]) => ask('/prompts', { method: 'POST', ...form(parts) });
  const id = { name: 'id', content: 'g' };
  const text = await post([id, { name: 'file', fileName: 'notes.wav', content: 'these are only words' }]);
  t.equal(text.status, 422);
  t.match(text.json.detail, /cannot be played: it is neither WAV nor MP3/);
  t.notOk(text.text.includes(folder));
  const cut = await post([id, { name: 'file', fileName: 'cut.wav', content: BEEP.subarray(0, 30) }]);
  t.equal(cut.status, 422);
  for (const fileName of ['../../etc/cron.d/x.wav', '/etc/passwd', 'C:\\\\music.wav', '..']) {
    const refused = await post([id, { name: 'file', fileName, content: BEEP }]);
    t.equal(refused.status, 422, fileName);
    t.match(refused.json.faults[0], { field: 'file', expected: 'a file name without folders' });
  }
  t.equal((await post([id])).json.faults[0].field, 'file');
  t.equal((await post([{ name: 'file', fileName: 'a.wav', content: BEEP }])).json.faults[0].field, 'id');
  t.equal((await post([id, { name: 'colour', content: 'red' }])).json.faults[0].field, 'colour');
  const named = await ask('/prompts', { method: 'POST', body: { id: 'g', file: '/etc/shadow.wav' } });
  t.equal(named.status, 422);
  t.equal(named.json.faults[0].field, 'file');
  const voice = await ask('/prompts', { method: 'POST', body: { id: 'g', text: 'Hi', voice: '-o/etc/passwd' } });
  t.equal(voice.status, 422);
  t.notOk(deps.configuration.current().prompts.has('g'));
  const uploads = join(folder, 'uploads');
  t.same(existsSync(uploads) ? readdirSync(uploads) : [], [], 'nothing of it stays on the disk');
});

t.test('an upload of more than 20 MB is refused, one of 5 MB is taken', async (t) => {
  const { ask } = await startWithSound(t);
  const post = (bytes: number) => {
    const seconds = new Float32Array(bytes / 2).fill(0.1);
    const parts = [
      { name: 'id', content: `p${bytes}` },
      { name: 'file', fileName: 'long.wav', content: writeTelephoneWav(seconds) },
    ];
    return ask('/prompts', { method: 'POST', ...form(parts) });
  };
  const large = await post(20_100_000);
  t.equal(large.status, 413);
  t.match(large.json.detail, /20 MB/);
  t.equal((await post(5_000_000)).status, 201);
});
