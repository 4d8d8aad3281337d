// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import { blurForm, createClient, detectionOf } from './client';
import { UnreachableError, type Answer, type Post } from './http';
import { en } from '../words/en';
import { PhotoProblem, problemOf, retryAfterMs, type ProblemKind } from './problem';
import { kDefaultLook } from './types';

const photo = new Blob(['photo'], { type: 'image/jpeg' });
const signal = new AbortController().signal;

function answer(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    header: (name) => headers[name] ?? null,
    body: new Blob([body], { type: headers['Content-Type'] ?? '' }),
  };
}

function problem(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return answer(status, JSON.stringify({ status, code }), {
    'Content-Type': 'application/problem+json',
    ...headers,
  });
}

function failing(given: Answer | Error) {
  const post: Post = () => (given instanceof Error ? Promise.reject(given) : Promise.resolve(given));
  return createClient('api/v1/', post).detect(photo, 'fast', { signal });
}

/** What a form says; of a file its name. */
function fieldsOf(body: Blob | FormData): Record<string, string> {
  const entries = [...(body as FormData)];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : value.name]),
  );
}

describe('detection', () => {
  it('asks with the profile and reads the faces', async () => {
    const calls: unknown[] = [];
    const json = {
      image: { width: 4, height: 3 },
      faces: [{ box: { x: 1, y: 2, width: 3, height: 4 }, score: 0.5, landmarks: {} }],
      model: {},
    };
    const client = createClient('api/v1/', (url, body) => {
      calls.push([url, fieldsOf(body)]);
      return Promise.resolve(answer(200, JSON.stringify(json), { 'Content-Type': 'application/json' }));
    });
    await expect(client.detect(photo, 'thorough', { signal })).resolves.toEqual({
      image: { width: 4, height: 3 },
      faces: [{ box: { x: 1, y: 2, width: 3, height: 4 }, score: 0.5 }],
    });
    expect(calls).toEqual([['api/v1/detect', { profile: 'thorough', photo: 'photo' }]]);
  });

  it.each([null, {}, { faces: [] }, { image: { width: 1 }, faces: [] }, { image: {}, faces: [{}] }])(
    'does not take %j for an answer',
    (json) => {
      expect(() => detectionOf(json)).toThrow(PhotoProblem);
    },
  );

  it('does not send an empty file', async () => {
    const client = createClient('', () => Promise.reject(new Error('was sent')));
    await expect(client.detect(new Blob([]), 'fast', { signal })).rejects.toMatchObject({ kind: 'empty' });
  });
});

describe('redaction', () => {
  const regions = [{ x: 1.23456, y: 2, width: 3, height: 4 }];
  it('sends exactly the boxes, without a search', () => {
    expect(fieldsOf(blurForm({ regions, look: kDefaultLook }))).toEqual({
      detect: 'false',
      style: 'blur',
      shape: 'ellipse',
      margin: '0.15',
      regions: '[{"x":1.23,"y":2,"width":3,"height":4}]',
    });
  });

  it('sends only the options that the style uses', () => {
    const fields = (style: 'pixelate' | 'fill') =>
      fieldsOf(blurForm({ regions: [], look: { ...kDefaultLook, style } }));
    expect(fields('pixelate')).toMatchObject({ cells: '6' });
    expect(fields('pixelate')).not.toHaveProperty('color');
    expect(fields('fill')).toMatchObject({ color: '#000000' });
    expect(fields('fill')).not.toHaveProperty('cells');
    expect(fields('fill')).not.toHaveProperty('regions');
  });

  it('does not tell the name of the file', async () => {
    const file = new File(['x'], 'private name.jpg', { type: 'image/jpeg' });
    const names: string[] = [];
    const client = createClient('', (_, body) => {
      names.push(((body as FormData).get('photo') as File).name);
      return Promise.resolve(answer(200, 'redacted', { 'Content-Type': 'image/jpeg' }));
    });
    await client.blur(file, { regions, look: kDefaultLook }, { signal });
    expect(names).toEqual(['photo']);
  });

  it('tells what was taken out, as far as the page knows the kinds', async () => {
    const headers = {
      'Content-Type': 'image/jpeg',
      'X-Removed-Metadata': 'thumbnail, position, of_tomorrow',
    };
    const client = createClient('', () => Promise.resolve(answer(200, 'redacted', headers)));
    const { blob, removed } = await client.blur(photo, { regions, look: kDefaultLook }, { signal });
    expect(removed).toEqual(['position', 'thumbnail']);
    expect(await blob.text()).toBe('redacted');
  });

  it('does not take a page for a picture', async () => {
    const client = createClient('', () =>
      Promise.resolve(answer(200, '<p>Sign in</p>', { 'Content-Type': 'text/html' })),
    );
    await expect(client.blur(photo, { regions, look: kDefaultLook }, { signal })).rejects.toMatchObject({
      kind: 'page_outdated',
    });
  });
});

describe('the first look', () => {
  const found = (faces: unknown[]) => JSON.stringify({ image: { width: 4, height: 3 }, faces });
  const face = { box: { x: 1, y: 2, width: 3, height: 4 }, score: 0.5 };
  function looked(detection: string, type = 'image/jpeg') {
    const form = new FormData();
    form.set('report', detection);
    form.set('image', new Blob(['redacted'], { type }), 'image');
    return createClient('api/v1/', async (url, body, { headers }) => {
      expect(url).toBe('api/v1/blur?profile=fast&style=blur&shape=ellipse&margin=0.15&hold=true');
      expect([body, headers]).toEqual([photo, { Accept: 'multipart/form-data' }]);
      const response = new Response(form);
      const known: Record<string, string> = {
        'Content-Type': response.headers.get('Content-Type') ?? '',
        'X-Removed-Metadata': 'position',
      };
      return { status: 200, header: (name) => known[name] ?? null, body: await response.blob() };
    }).firstLook(photo, 'fast', kDefaultLook, { signal });
  }

  it('brings the faces and the picture with one upload', async () => {
    const { detection, redacted } = await looked(found([face]));
    expect(detection.faces).toEqual([face]);
    expect(await redacted?.blob.text()).toBe('redacted');
    expect(redacted?.blob.type).toBe('image/jpeg');
    expect(redacted?.blob).not.toHaveProperty('name');
    expect(redacted?.removed).toEqual(['position']);
  });

  it('brings no picture of an animation, whose boxes hold for every frame here', async () => {
    expect((await looked(found([{ ...face, frame: 0 }]))).redacted).toBeUndefined();
  });

  it('takes nothing else for an answer', async () => {
    await expect(looked(found([face]), 'text/html')).rejects.toMatchObject({ kind: 'page_outdated' });
    await expect(looked('no JSON')).rejects.toMatchObject({ kind: 'page_outdated' });
    const post: Post = () => Promise.resolve(answer(200, 'redacted', { 'Content-Type': 'image/jpeg' }));
    const look = createClient('', post).firstLook(photo, 'fast', kDefaultLook, { signal });
    await expect(look).rejects.toMatchObject({ kind: 'page_outdated' });
  });
});

describe('a photo that the service holds', () => {
  const jpeg = { 'Content-Type': 'image/jpeg' };
  const report = JSON.stringify({ image: { width: 4, height: 3 }, faces: [] });

  /** Holds what it is given, while `tokens` last; `gone`: it lost all that it held. */
  async function holder(...tokens: string[]) {
    const sent: Record<string, string>[] = [];
    const gone = new Set<string>();
    const form = new FormData();
    form.set('report', report);
    form.set('image', new Blob(['redacted'], { type: 'image/jpeg' }), 'image');
    const first = new Response(form);
    const [type, body] = [first.headers.get('Content-Type') ?? '', await first.blob()];
    const client = createClient('api/v1/', (url, given) => {
      const fields = url.includes('?') ? { photo: 'photo', hold: 'true' } : fieldsOf(given);
      sent.push(fields);
      const named = fields['photo'] ?? '';
      if (gone.has(named)) return Promise.resolve(problem(404, 'photo_gone'));
      const token = named === 'photo' && fields['hold'] ? tokens.shift() : undefined;
      const headers = { ...(url.includes('?') ? { 'Content-Type': type } : jpeg), 'X-Photo-Token': token };
      return Promise.resolve({
        status: 200,
        header: (name) => (headers as Record<string, string | undefined>)[name] ?? null,
        body: url.includes('?') ? body : new Blob(['redacted'], { type: 'image/jpeg' }),
      });
    });
    await client.firstLook(photo, 'fast', kDefaultLook, { signal });
    const blur = () => client.blur(photo, { regions: [], look: kDefaultLook }, { signal });
    return { client, blur, gone, photos: () => sent.map(({ photo, hold }) => [photo, hold]) };
  }

  it('is sent once', async () => {
    const { blur, photos } = await holder('token');
    await blur();
    await blur();
    expect(photos()).toEqual([
      ['photo', 'true'],
      ['token', undefined],
      ['token', undefined],
    ]);
  });

  it('is sent anew where it is gone, and held again, without a word', async () => {
    const { blur, gone, photos } = await holder('token', 'other');
    gone.add('token');
    expect(await (await blur()).blob.text()).toBe('redacted');
    await blur();
    expect(photos().slice(1)).toEqual([
      ['token', undefined],
      ['photo', 'true'],
      ['other', undefined],
    ]);
  });

  it('is sent each time where the service holds none', async () => {
    const { blur, photos } = await holder();
    await blur();
    expect(photos()).toEqual([
      ['photo', 'true'],
      ['photo', undefined],
    ]);
  });

  it('is let go, once', async () => {
    const { client, blur, photos } = await holder('token', 'other');
    const calls = vi.fn(() => Promise.resolve(new Response()));
    vi.stubGlobal('fetch', calls);
    client.key = 'secret';
    client.forget(photo);
    client.forget(photo);
    vi.unstubAllGlobals();
    const headers = { Authorization: 'Bearer secret' };
    expect(calls.mock.calls).toEqual([
      ['api/v1/photos/token', { method: 'DELETE', headers, keepalive: true }],
    ]);
    await blur();
    expect(photos().at(-1)).toEqual(['photo', 'true']);
  });
});

describe('problems', () => {
  it.each([
    [problem(413, 'too_many_bytes'), 'too_large'],
    [problem(422, 'too_many_pixels'), 'too_many_pixels'],
    [problem(422, 'too_many_frames'), 'too_many_pixels'],
    [problem(415, 'not_a_photo'), 'not_a_photo'],
    [problem(422, 'damaged_photo'), 'damaged'],
    [problem(422, 'unsupported_photo'), 'unsupported'],
    [problem(400, 'missing_photo'), 'empty'],
    [problem(400, 'unknown_option'), 'page_outdated'],
    [problem(401, 'unauthorized'), 'not_allowed'],
    [problem(429, 'queue_full'), 'busy'],
    [problem(503, 'draining'), 'stopping'],
    [problem(504, 'deadline_exceeded'), 'too_slow'],
    [problem(500, 'internal_error'), 'server_fault'],
    [answer(413, '<html>', { 'Content-Type': 'text/html' }), 'too_large'],
    [answer(502, '<html>', { 'Content-Type': 'text/html' }), 'unreachable'],
    [new UnreachableError(), 'unreachable'],
  ])('%#: has plain words', async (given, kind) => {
    const failure: unknown = await failing(given).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PhotoProblem);
    expect(failure).toMatchObject({ kind });
    const [title, advice] = en.problems[kind as ProblemKind];
    expect(title).not.toMatch(/\d|error|HTTP/i);
    expect(advice).toMatch(/\.$/);
  });

  it('an answer that claims to be a problem and is none is told by its status', async () => {
    const broken = answer(429, 'not json', { 'Content-Type': 'application/problem+json' });
    expect((await problemOf(broken)).kind).toBe('busy');
  });

  it('waits for what the server says', async () => {
    expect((await problemOf(problem(429, 'queue_full', { 'Retry-After': '7' }))).retryAfterMs).toBe(7000);
    const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
    expect(retryAfterMs('Wed, 21 Oct 2026 07:28:05 GMT', now)).toBe(5000);
    expect(retryAfterMs('Wed, 21 Oct 2026 07:27:00 GMT', now)).toBe(0);
    expect(retryAfterMs('soon', now)).toBeUndefined();
    expect(retryAfterMs(null, now)).toBeUndefined();
  });

  it('passes on that a request was given up', async () => {
    const aborted = new DOMException('given up', 'AbortError');
    await expect(failing(aborted as unknown as Error)).rejects.toBe(aborted);
  });
});
