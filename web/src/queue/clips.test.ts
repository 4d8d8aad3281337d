import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhotoProblem } from '../api/problem';
import { kDefaultLook } from '../api/types';
import type { BeginOptions, Job, RenderOptions, TracksFile, VideoClient } from '../api/videos';
import { withKept } from '../review/tracks';
import { Clips, type Clip } from './clips.svelte';

const kTracks: TracksFile = {
  clip: { width: 100, height: 80, frames: 2 },
  times_us: [0, 40_000],
  tracks: [{ id: 1, first_frame: 0, last_frame: 1, boxes: [[0, 1, 2, 3, 4, 0.9]] }],
};

/** A service whose jobs rest at once, unless a test says otherwise. */
class Service implements VideoClient {
  readonly begun: BeginOptions[] = [];
  readonly rendered: TracksFile[] = [];
  readonly forgotten: string[] = [];
  state: Job['state'] = 'done';
  problem: PhotoProblem | undefined;
  /** Thrown by the next call. */
  next: Error | undefined;

  #job(): Promise<Job> {
    const { next } = this;
    this.next = undefined;
    if (next) return Promise.reject(next);
    const { state, problem } = this;
    const id = `job-${this.begun.length}`;
    return Promise.resolve({ id, state, progress: undefined, problem, signsReceipts: true });
  }

  begin(_: Blob, options: BeginOptions): Promise<Job> {
    this.begun.push(options);
    this.state = options.render ? 'done' : 'analyzed';
    return this.#job();
  }
  job = () => this.#job();
  tracks = () => Promise.resolve(kTracks);
  receipts = 0;
  render(_: string, tracks: TracksFile, { receipt = false }: RenderOptions): Promise<Job> {
    this.rendered.push(tracks);
    this.receipts += receipt ? 1 : 0;
    this.state = 'done';
    return this.#job();
  }
  frame = () => Promise.reject(new PhotoProblem('unreachable'));
  result = () => Promise.resolve(new Blob(['x'.repeat(1 + this.rendered.length)], { type: 'video/mp4' }));
  receipt = () => Promise.resolve('head.payload.signature');
  forget = (id: string) => void this.forgotten.push(id);
}

let service: Service;
let clips: Clips;

function addOne(): Clip {
  const [clip] = clips.add([new File(['x'], 'a.mp4')], kDefaultLook, 'fast');
  if (!clip) throw new Error('nothing was added');
  return clip;
}

async function done(): Promise<Clip> {
  const clip = addOne();
  await vi.advanceTimersByTimeAsync(0);
  expect(clip.step).toBe('done');
  return clip;
}

beforeEach(() => {
  vi.useFakeTimers();
  service = new Service();
  clips = new Clips(service);
});

afterEach(() => vi.useRealTimers());

describe('a clip', () => {
  it('is covered anew for a receipt, and each later version comes with one', async () => {
    const clip = await done();
    expect(clips.signsReceipts).toBe(true);
    expect(clip.ready?.receipt).toBeUndefined();
    clip.savedKey = clip.wantedKey;
    const vouched = clips.vouch(clip, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await vouched).toBe(true);
    expect([clip.ready?.receipt, clip.savedKey, service.receipts]).toEqual([
      'head.payload.signature',
      undefined,
      1,
    ]);
    clip.tracks = withKept(kTracks, 1, true);
    clips.render(clip);
    await vi.advanceTimersByTimeAsync(1000);
    expect([clip.ready?.receipt, service.receipts]).toEqual(['head.payload.signature', 2]);
  });

  it('is uploaded and covered in one go, and can be saved', async () => {
    const clip = await done();
    expect(service.begun.map(({ render }) => render)).toEqual([true]);
    expect(service.rendered).toEqual([]);
    expect([clip.ready?.key, clip.coveredCount, clip.name()]).toEqual([clip.wantedKey, 1, 'a-redacted.mp4']);
  });

  it('cannot be saved while a decision is not in it', async () => {
    const clip = await done();
    clip.tracks = withKept(kTracks, 1, true);
    expect(clip.ready).toBeUndefined();
    clips.render(clip);
    await vi.advanceTimersByTimeAsync(0);
    expect(service.rendered).toEqual([clip.tracks]);
    expect(clip.ready?.blob.size).toBe(2);
  });

  it('is ready again once a decision is taken back, without asking the server', async () => {
    const clip = await done();
    clip.tracks = withKept(kTracks, 1, true);
    clip.tracks = kTracks;
    expect(clip.ready).toBeDefined();
    expect(service.rendered).toEqual([]);
  });

  it('that changes while it is rendered is not ready: the result is for the decisions before', async () => {
    const clip = await done();
    clip.tracks = withKept(kTracks, 1, true);
    service.job = () =>
      Promise.resolve({ id: 'job-1', state: 'done', progress: undefined, problem: undefined });
    let come: (result: Blob) => void = () => undefined;
    service.result = () => new Promise((resolve) => (come = resolve));
    clips.render(clip);
    await vi.advanceTimersByTimeAsync(0);
    expect(clip.step).toBe('fetching');
    clip.tracks = kTracks;
    come(new Blob(['late'], { type: 'video/mp4' }));
    await vi.advanceTimersByTimeAsync(0);
    expect(clip.step).toBe('done');
    expect(clip.ready).toBeUndefined();
  });

  it('that the server has lost goes again with its decisions, covered only by them', async () => {
    const clip = await done();
    clip.tracks = withKept(kTracks, 1, true);
    service.next = new PhotoProblem('gone');
    clips.render(clip);
    await vi.advanceTimersByTimeAsync(0);
    expect([clip.step, clip.problem?.kind, clip.job]).toEqual(['failed', 'gone', undefined]);
    clips.retry(clip);
    await vi.advanceTimersByTimeAsync(0);
    expect(service.begun.map(({ render }) => render)).toEqual([true, false]);
    expect(service.rendered).toEqual([clip.tracks]);
    expect(clip.ready).toBeDefined();
  });

  it('waits for a busy server as long as it asks', async () => {
    service.next = new PhotoProblem('busy', { retryAfterMs: 20_000 });
    const clip = addOne();
    await vi.advanceTimersByTimeAsync(0);
    expect([clip.step, clip.problem?.kind]).toEqual(['waiting', 'busy']);
    await vi.advanceTimersByTimeAsync(19_000);
    expect(service.begun).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(8_000);
    expect([clip.step, service.begun.length]).toEqual(['done', 2]);
  });

  it('that is no good fails, and leaves nothing on the server', async () => {
    service.job = () =>
      Promise.resolve({
        id: 'x',
        state: 'failed',
        progress: undefined,
        problem: new PhotoProblem('damaged'),
      });
    const clip = addOne();
    await vi.advanceTimersByTimeAsync(0);
    expect([clip.step, clip.problem?.kind, clip.ready]).toEqual(['failed', 'damaged', undefined]);
    expect(service.forgotten).toEqual(['job-1']);
  });

  it('that is cancelled or removed is forgotten by the server, and can be taken back', async () => {
    service.job = () =>
      Promise.resolve({ id: 'x', state: 'analyzing', progress: undefined, problem: undefined });
    const clip = addOne();
    await vi.advanceTimersByTimeAsync(0);
    expect(clip.step).toBe('analyzing');
    clips.cancel(clip);
    expect([clip.step, service.forgotten]).toEqual(['cancelled', ['job-1']]);
    const place = clips.remove(clip);
    expect(clips.all).toEqual([]);
    service = new Service();
    clips.restore(clip, place);
    expect(clips.all).toEqual([clip]);
  });

  it('goes on where the line broke, without another upload', async () => {
    const clip = await done();
    clip.tracks = withKept(kTracks, 1, true);
    service.next = new PhotoProblem('unreachable');
    clips.render(clip);
    await vi.advanceTimersByTimeAsync(0);
    expect(clip.step).toBe('waiting');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(clip.ready).toBeDefined();
    expect(service.begun).toHaveLength(1);
  });
});
