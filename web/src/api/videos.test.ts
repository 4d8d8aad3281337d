// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest';
import { kDefaultLook } from './types';
import { createVideoClient, jobOf, tracksFileOf } from './videos';

const kJob = { id: 'a1', state: 'queued', progress: null, problem: null };
const never = new AbortController().signal;

function answers(status: number, body: unknown, type = 'application/json'): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = () => new Response(text, { status, headers: { 'Content-Type': type } });
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(response())),
  );
}

afterEach(() => vi.unstubAllGlobals());

describe('a clip over HTTP', () => {
  it('goes out as plain bytes, with options in the address and no name', async () => {
    const post = vi.fn(() =>
      Promise.resolve({ status: 202, header: () => null, body: new Blob([JSON.stringify(kJob)]) }),
    );
    const client = createVideoClient(() => 'secret', 'api/v1/', post);
    const look = { ...kDefaultLook, style: 'fill' as const, color: '#ff0000' };
    const job = await client.begin(new File(['x'], 'mine.jpg', { type: 'image/jpeg' }), {
      look,
      audio: 'mute',
      profile: 'fast',
      render: true,
      signal: never,
    });
    expect(job.id).toBe('a1');
    const [url, body, options] = post.mock.calls[0] as unknown as [string, Blob, { headers: object }];
    expect(url).toMatch(/^api\/v1\/videos\?.*color=%23ff0000.*audio=mute&profile=fast&render=true$/);
    expect([body.type, options.headers]).toEqual([
      'application/octet-stream',
      { Authorization: 'Bearer secret' },
    ]);
  });

  it('that a server has lost, or never takes, is told apart', async () => {
    answers(404, { code: 'job_gone' }, 'application/problem+json');
    const post = vi.fn(() => Promise.resolve({ status: 404, header: () => null, body: new Blob() }));
    const client = createVideoClient(() => undefined, 'api/v1/', post);
    await expect(client.job('a1', never)).rejects.toMatchObject({ kind: 'gone' });
    const options = {
      look: kDefaultLook,
      audio: 'keep' as const,
      profile: 'fast' as const,
      render: true,
      signal: never,
    };
    await expect(client.begin(new Blob(['x']), options)).rejects.toMatchObject({ kind: 'a_film' });
    await expect(client.begin(new Blob([]), options)).rejects.toMatchObject({ kind: 'empty' });
  });

  it('is never taken for what is no clip', async () => {
    const client = createVideoClient(() => undefined);
    answers(200, '<html>', 'text/html');
    await expect(client.result('a1', never)).rejects.toMatchObject({ kind: 'page_outdated' });
    await expect(client.job('a1', never)).rejects.toMatchObject({ kind: 'page_outdated' });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no line')));
    await expect(client.result('a1', never)).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

describe('what the service says', () => {
  it('is a job with what is known of its progress and its problem', () => {
    const progress = { stage: 'analyze', frames: 5, total_frames: null, seconds_left: 2.5 };
    const failed = { ...kJob, state: 'failed', problem: { code: 'damaged_video' } };
    expect(jobOf({ ...kJob, progress }).progress).toEqual({
      frames: 5,
      totalFrames: undefined,
      secondsLeft: 2.5,
    });
    expect(jobOf(failed).problem?.kind).toBe('damaged');
    expect(jobOf({ ...failed, problem: { code: 'new' } }).problem?.kind).toBe('server_fault');
  });

  it.each([[null], [1], [[]], [{}], [{ id: 'a', state: 'dreaming' }]])(
    'is refused where it is no job: %j',
    (value: unknown) => {
      expect(() => jobOf(value)).toThrow('page_outdated');
      expect(() => tracksFileOf(value)).toThrow('page_outdated');
    },
  );
});
