// Clips and their way to the server and back: uploaded, looked through, covered, fetched.
import { abortError } from '../api/http';
import { PhotoProblem } from '../api/problem';
import type { Look, Profile } from '../api/types';
import type { Audio, Job, TracksFile, VideoClient } from '../api/videos';
import { clipKey, coveredTracks } from '../review/tracks';
import { neutralName, redactedName } from '../save/names';
import { waitAfter } from './backoff';

export type ClipStep =
  | 'waiting'
  | 'uploading'
  | 'queued'
  | 'analyzing'
  | 'rendering'
  | 'fetching'
  | 'done'
  | 'failed'
  | 'cancelled';

/** The server works on few clips at a time; while one is worked on another can be uploaded. */
const kMostInFlight = 2;
/** ms between two looks at a job. */
const kLookMs = 500;
/** Pixels of the longer side of a card's picture. */
const kCardPixels = 640;

export interface ClipResult {
  readonly key: string;
  readonly blob: Blob;
  readonly receipt?: string;
}

export class Clip {
  readonly id: number;
  readonly file: File;
  step = $state<ClipStep>('waiting');
  /** 0..1 of the step; undefined while that is not known. */
  share = $state<number>();
  secondsLeft = $state<number>();
  problem = $state.raw<PhotoProblem>();
  /** performance.now() milliseconds. */
  tryAgainAt = $state<number>();
  tries = 0;

  look = $state.raw<Look>() as Look;
  audio = $state<Audio>('keep');
  /** Once asked for a receipt, each later version comes with one. */
  vouched = $state(false);
  readonly profile: Profile;
  /** As they are decided. */
  tracks = $state.raw<TracksFile>();
  result = $state.raw<ClipResult>();
  /** An object URL. */
  thumbnail = $state<string>();
  savedKey = $state<string>();

  /** Where the server has it. */
  job = $state<string>();
  /** What the job was last asked to render. */
  asked: string | undefined;

  constructor(id: number, file: File, look: Look, profile: Profile) {
    this.id = id;
    this.file = file;
    this.look = look;
    this.profile = profile;
  }

  get wantedKey(): string {
    return `${this.audio} ${clipKey(this.look, this.tracks)}`;
  }

  /** What may be saved: only ever the clip for the decisions as they stand. */
  get ready(): ClipResult | undefined {
    return this.result?.key === this.wantedKey ? this.result : undefined;
  }

  get coveredCount(): number {
    return this.tracks ? coveredTracks(this.tracks).length : 0;
  }

  get working(): boolean {
    return this.step !== 'done' && this.step !== 'failed' && this.step !== 'cancelled';
  }

  get unsaved(): boolean {
    return this.working || (this.tracks !== undefined && this.ready?.key !== this.savedKey);
  }

  name(number?: number): string {
    const type = this.result?.blob.type ?? this.file.type;
    return number === undefined ? redactedName(this.file.name, type) : neutralName(number, type);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer);
      reject(abortError());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

export class Clips {
  all = $state.raw<readonly Clip[]>([]);
  /** The one under review. */
  active = $state.raw<Clip>();
  signsReceipts = $state(false);

  readonly client: VideoClient;
  readonly #runs = new Map<Clip, AbortController>();
  readonly #waits = new Map<Clip, ReturnType<typeof setTimeout>>();
  #nextId = 1;

  constructor(client: VideoClient) {
    this.client = client;
  }

  get unsaved(): boolean {
    return this.all.some((clip) => clip.unsaved);
  }

  add(files: Iterable<File>, look: Look, profile: Profile): Clip[] {
    const added = Array.from(files, (file) => new Clip(this.#nextId++, file, look, profile));
    this.all = [...this.all, ...added];
    this.#pump();
    return added;
  }

  cancel(clip: Clip): void {
    this.#stop(clip);
    this.#forget(clip);
    clip.step = clip.ready ? 'done' : 'cancelled';
    this.#pump();
  }

  retry(clip: Clip): void {
    clip.tries = 0;
    this.#wait(clip);
  }

  /** Those that failed in one way: the line is back, or a key is there. */
  retryWhere(fits: (problem: PhotoProblem) => boolean): void {
    for (const clip of this.all) if (clip.problem && fits(clip.problem)) this.retry(clip);
  }

  /** Covers it anew, by the decisions as they stand. */
  render(clip: Clip): void {
    this.#stop(clip);
    this.retry(clip);
  }

  /** The clip once more as it is, with a receipt. True where what was saved of it is no longer it. */
  async vouch(clip: Clip, signal: AbortSignal): Promise<boolean> {
    const before = clip.ready;
    const wasSaved = before !== undefined && clip.savedKey === before.key;
    clip.vouched = true;
    this.render(clip);
    while (clip.working) await pause(kLookMs, signal);
    const outdated = wasSaved && clip.ready?.receipt !== undefined;
    if (outdated) clip.savedKey = undefined;
    return outdated;
  }

  /** Takes it away, here and on the server; `place` is enough to put it back. */
  remove(clip: Clip): number {
    const place = this.all.indexOf(clip);
    this.#stop(clip);
    this.#forget(clip);
    this.all = this.all.filter((one) => one !== clip);
    if (this.active === clip) this.active = undefined;
    this.#pump();
    return place;
  }

  restore(clip: Clip, place: number): void {
    this.all = [...this.all.slice(0, place), clip, ...this.all.slice(place)];
    if (clip.ready) clip.step = 'done';
    else this.retry(clip);
  }

  /** The page is left: nothing stays on the server. */
  leave(): void {
    for (const clip of this.all) this.#forget(clip);
  }

  #wait(clip: Clip): void {
    clearTimeout(this.#waits.get(clip));
    this.#waits.delete(clip);
    clip.problem = undefined;
    clip.tryAgainAt = undefined;
    clip.step = 'waiting';
    this.#pump();
  }

  #stop(clip: Clip): void {
    clearTimeout(this.#waits.get(clip));
    this.#waits.delete(clip);
    this.#runs.get(clip)?.abort();
    this.#runs.delete(clip);
    clip.share = undefined;
    clip.tryAgainAt = undefined;
  }

  #forget(clip: Clip): void {
    if (clip.job !== undefined) this.client.forget(clip.job);
    clip.job = undefined;
    clip.asked = undefined;
  }

  #pump(): void {
    for (const clip of this.all) {
      if (this.#runs.size >= kMostInFlight) return;
      if (clip.step === 'waiting' && !this.#runs.has(clip) && !this.#waits.has(clip)) void this.#run(clip);
    }
  }

  async #run(clip: Clip): Promise<void> {
    const controller = new AbortController();
    this.#runs.set(clip, controller);
    try {
      await this.#work(clip, controller.signal);
      clip.tries = 0;
      clip.step = 'done';
    } catch (error) {
      if (controller.signal.aborted) return; // whoever gave it up set the step
      this.#fail(clip, error instanceof PhotoProblem ? error : new PhotoProblem('server_fault'));
    } finally {
      if (this.#runs.get(clip) === controller) {
        this.#runs.delete(clip);
        clip.share = undefined;
        this.#pump();
      }
    }
  }

  /** Takes it up wherever it stands: what a job has done is not done again. */
  async #work(clip: Clip, signal: AbortSignal): Promise<void> {
    const id = clip.job ?? (await this.#upload(clip, signal));
    let job = await this.#rest(clip, id, signal);
    clip.tracks ??= await this.client.tracks(id, signal);
    const key = clip.wantedKey;
    const { look, audio, vouched } = clip;
    const asked = vouched ? `${key} receipt` : key;
    if (job.state !== 'done' || clip.asked !== asked) {
      await this.client.render(id, clip.tracks, { look, audio, receipt: vouched }, signal);
      clip.asked = asked;
      job = await this.#rest(clip, id, signal);
    }
    clip.step = 'fetching';
    clip.share = undefined;
    const blob = await this.client.result(id, signal);
    const receipt = vouched ? await this.client.receipt(id, signal) : undefined;
    signal.throwIfAborted();
    clip.result = receipt === undefined ? { key, blob } : { key, blob, receipt };
    await this.#picture(clip, id, signal);
  }

  /** Decisions that are here already are put to the job before it renders. */
  async #upload(clip: Clip, signal: AbortSignal): Promise<string> {
    const render = clip.tracks === undefined;
    const asked = clip.wantedKey;
    clip.step = 'uploading';
    clip.share = 0;
    const onUpload = (share: number) => {
      if (!signal.aborted) clip.share = share;
    };
    const { look, audio, profile } = clip;
    const options = { look, audio, profile, render, signal, onUpload };
    const job = await this.client.begin(clip.file, options);
    clip.job = job.id;
    this.signsReceipts ||= job.signsReceipts ?? false;
    clip.asked = render ? asked : undefined;
    return job.id;
  }

  async #rest(clip: Clip, id: string, signal: AbortSignal): Promise<Job> {
    for (;;) {
      const job = await this.client.job(id, signal);
      signal.throwIfAborted();
      if (job.state === 'failed') throw job.problem ?? new PhotoProblem('server_fault');
      if (job.state === 'analyzed' || job.state === 'done') return job;
      clip.step = job.state;
      const { frames, totalFrames, secondsLeft } = job.progress ?? { frames: 0 };
      clip.share = totalFrames ? Math.min(frames / totalFrames, 1) : undefined;
      clip.secondsLeft = secondsLeft;
      await pause(kLookMs, signal);
    }
  }

  /** Of the covered clip; that there is none stops nothing. */
  async #picture(clip: Clip, id: string, signal: AbortSignal): Promise<void> {
    const middle = Math.floor((clip.tracks?.clip.frames ?? 0) / 2);
    const picture = await this.client.frame(id, middle, { size: kCardPixels, signal }).catch(() => undefined);
    signal.throwIfAborted();
    if (!picture) return;
    if (clip.thumbnail) URL.revokeObjectURL(clip.thumbnail);
    clip.thumbnail = URL.createObjectURL(picture);
  }

  #fail(clip: Clip, problem: PhotoProblem): void {
    // The job is no more, or will not come to anything else.
    if (problem.kind === 'gone') clip.job = undefined;
    else if (problem.mostTries === 0) this.#forget(clip);
    clip.tries += 1;
    clip.problem = problem;
    clip.step = 'failed';
    const wait = waitAfter(problem, clip.tries);
    if (wait === undefined) return;
    clip.tryAgainAt = performance.now() + wait;
    clip.step = 'waiting';
    this.#waits.set(
      clip,
      setTimeout(() => this.#wait(clip), wait),
    );
  }
}
