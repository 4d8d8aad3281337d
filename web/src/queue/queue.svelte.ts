// All photos and their way to the server and back: few at a time, in order, the one under review first.
import type { Client } from '../api/client';
import { PhotoProblem } from '../api/problem';
import { kDefaultLook, kDefaultProfile, type Look, type Profile } from '../api/types';
import { coveredBoxes, startReview, withLook } from '../review/review';
import { kMostTries, waitBeforeTry } from './backoff';
import { Photo, type Result, type Task } from './photo.svelte';
import type { MakeThumbnail, Thumbnail } from './pictures';

/** Enough to upload one photo while another is computed, without queueing in front of others. */
const kMostInFlight = 3;

/** So many answers in a row, after a busy server let fewer in, make room for one more. */
const kAnswersForOneMore = 8;

/** ms: changes that follow each other this fast are sent as one. */
const kSettleMs = 250;

interface Run {
  readonly controller: AbortController;
  readonly task: Task;
}

export interface QueueParts {
  readonly client: Client;
  readonly makeThumbnail: MakeThumbnail;
}

export class Queue {
  photos = $state.raw<readonly Photo[]>([]);
  look = $state.raw<Look>(kDefaultLook);
  profile = $state<Profile>(kDefaultProfile);
  /** The photo under review: its work goes first. */
  active = $state.raw<Photo>();

  readonly #parts: QueueParts;
  readonly #runs = new Map<Photo, Run>();
  readonly #settling = new Map<Photo, ReturnType<typeof setTimeout>>();
  #nextId = 1;
  /** Fewer where the server is busy: each page that asks less makes room for the others. */
  #inFlight = kMostInFlight;
  #answersInARow = 0;
  /** No new request before this: a busy server counts for all photos. performance.now() ms. */
  #pausedUntil = 0;
  #wake: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  get readyPhotos(): Photo[] {
    return this.photos.filter((photo) => photo.ready);
  }

  get failedPhotos(): Photo[] {
    return this.photos.filter((photo) => photo.step === 'failed');
  }

  get workingPhotos(): Photo[] {
    return this.photos.filter((photo) => photo.busy || photo.step === 'waiting');
  }

  add(files: Iterable<File>): Photo[] {
    const added = Array.from(
      files,
      (file) => new Photo(this.#nextId++, file, startReview(this.look, this.profile)),
    );
    this.photos = [...this.photos, ...added];
    for (const photo of added) void this.#showOriginal(photo);
    this.#pump();
    return added;
  }

  remove(photo: Photo): void {
    this.#stop(photo);
    photo.free();
    this.photos = this.photos.filter((one) => one !== photo);
    if (this.active === photo) this.active = undefined;
    this.#pump();
  }

  clear(): void {
    for (const photo of this.photos) {
      this.#stop(photo);
      photo.free();
    }
    this.photos = [];
    this.active = undefined;
  }

  cancel(photo: Photo): void {
    this.#stop(photo);
    photo.tryAgainAt = undefined;
    photo.step = 'cancelled';
    this.#pump();
  }

  retry(photo: Photo): void {
    photo.tries = 0;
    photo.problem = undefined;
    photo.tryAgainAt = undefined;
    photo.step = 'waiting';
    this.#pump();
  }

  /** Those that may come out otherwise this time. */
  retryFailed(): void {
    for (const photo of this.failedPhotos) if (photo.problem?.worthAnotherTry) this.retry(photo);
  }

  /** To be called after every decision about a photo. */
  changed(photo: Photo): void {
    const run = this.#runs.get(photo);
    const task = photo.task;
    if (run && (!task || !sameTask(run.task, task))) this.#stop(photo);
    clearTimeout(this.#settling.get(photo));
    this.#settling.delete(photo);
    if (!task) {
      if (!this.#runs.has(photo)) photo.step = 'done';
      photo.problem = undefined;
      this.#pump();
      return;
    }
    if (this.#runs.has(photo)) return;
    photo.problem = undefined;
    photo.tryAgainAt = undefined;
    photo.tries = 0;
    photo.step = 'waiting';
    const settled = setTimeout(() => {
      this.#settling.delete(photo);
      this.#pump();
    }, kSettleMs);
    this.#settling.set(photo, settled);
  }

  /** For all photos, those that are already here and those that will come. */
  setLook(change: Partial<Look>): void {
    this.look = { ...this.look, ...change };
    for (const photo of this.photos) this.#giveLook(photo, this.look);
  }

  setProfile(profile: Profile): void {
    this.profile = profile;
    for (const photo of this.photos) {
      if (photo.detection) photo.search(profile);
      else photo.prepare({ ...photo.review, profile });
      if (photo.step !== 'failed' && photo.step !== 'cancelled') this.changed(photo);
    }
  }

  review(photo: Photo | undefined): void {
    this.active = photo;
  }

  #giveLook(photo: Photo, look: Look): void {
    const review = withLook(photo.review, look);
    if (photo.detection) photo.decide(review);
    else photo.prepare(review);
    if (photo.step !== 'failed' && photo.step !== 'cancelled') this.changed(photo);
  }

  #stop(photo: Photo): void {
    clearTimeout(this.#settling.get(photo));
    this.#settling.delete(photo);
    this.#runs.get(photo)?.controller.abort();
    this.#runs.delete(photo);
    photo.progress = 0;
  }

  #canStart(photo: Photo): boolean {
    return photo.step === 'waiting' && !this.#runs.has(photo) && !this.#settling.has(photo);
  }

  #pump(): void {
    const wait = this.#pausedUntil - performance.now();
    if (wait > 0) {
      clearTimeout(this.#wake);
      this.#wake = setTimeout(() => this.#pump(), wait);
      return;
    }
    // The photo under review does not wait for a free place: someone looks at it.
    if (this.active && this.#canStart(this.active)) void this.#run(this.active);
    // In their order, so that a photo's second half goes before the first half of those after it.
    for (const photo of this.photos) {
      if (this.#runs.size >= this.#inFlight) return;
      if (this.#canStart(photo)) void this.#run(photo);
    }
  }

  async #run(photo: Photo): Promise<void> {
    const task = photo.task;
    if (!task) {
      photo.step = 'done';
      return;
    }
    const run: Run = { controller: new AbortController(), task };
    this.#runs.set(photo, run);
    photo.tryAgainAt = undefined;
    try {
      if (task.kind === 'detect') await this.#detect(photo, task, run.controller.signal);
      else await this.#blur(photo, task, run.controller.signal);
      if (this.#runs.get(photo) !== run) return;
      this.#answered();
      photo.tries = 0;
      photo.step = photo.task ? 'waiting' : 'done';
    } catch (error) {
      if (this.#runs.get(photo) !== run) return; // given up; whoever did so set the step
      this.#fail(photo, error);
    } finally {
      if (this.#runs.get(photo) === run) {
        this.#runs.delete(photo);
        photo.progress = 0;
        this.#pump();
      }
    }
  }

  #answered(): void {
    this.#answersInARow += 1;
    if (this.#answersInARow < kAnswersForOneMore) return;
    this.#answersInARow = 0;
    this.#inFlight = Math.min(this.#inFlight + 1, kMostInFlight);
  }

  #fail(photo: Photo, error: unknown): void {
    const problem = error instanceof PhotoProblem ? error : new PhotoProblem('server_fault');
    photo.tries += 1;
    if (problem.passing && photo.tries < kMostTries) {
      this.#inFlight = Math.max(1, this.#inFlight - 1);
      this.#answersInARow = 0;
      const wait = waitBeforeTry(photo.tries, problem.retryAfterMs);
      this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + wait);
      photo.problem = problem;
      photo.tryAgainAt = this.#pausedUntil;
      photo.step = 'waiting';
      return;
    }
    photo.problem = problem;
    photo.step = 'failed';
  }

  #uploadSteps(photo: Photo, signal: AbortSignal, after: 'detecting' | 'blurring') {
    photo.progress = 0;
    photo.step = 'uploading';
    photo.problem = undefined;
    return (share: number) => {
      if (signal.aborted) return;
      photo.progress = share;
      if (share >= 1) photo.step = after;
    };
  }

  async #detect(photo: Photo, task: Task & { kind: 'detect' }, signal: AbortSignal): Promise<void> {
    const onUpload = this.#uploadSteps(photo, signal, 'detecting');
    const detection = await this.#parts.client.detect(photo.file, task.profile, { signal, onUpload });
    signal.throwIfAborted();
    photo.takeDetection(task.profile, detection);
  }

  async #blur(photo: Photo, task: Task & { kind: 'blur' }, signal: AbortSignal): Promise<void> {
    const regions = coveredBoxes(task.review);
    const request = { regions, look: task.review.look };
    const { client } = this.#parts;
    const onUpload = this.#uploadSteps(photo, signal, 'blurring');
    const blob = await client.blur(photo.file, request, { signal, onUpload });
    signal.throwIfAborted();
    let shown = blob;
    let thumbnail = await this.#parts.makeThumbnail(blob, true);
    if (!thumbnail) {
      // A format that this browser does not show. The JPEG is for the screen only.
      shown = await client.blur(photo.file, { ...request, format: 'jpeg' }, { signal });
      thumbnail = await this.#parts.makeThumbnail(shown, true);
    }
    if (signal.aborted) {
      if (thumbnail) URL.revokeObjectURL(thumbnail.url);
      throw signal.reason;
    }
    this.#take(photo, { key: task.key, blob, shown, regions }, thumbnail);
  }

  #take(photo: Photo, result: Result, thumbnail: Thumbnail | undefined): void {
    const before = photo.resultThumbnail;
    photo.result = result;
    photo.resultThumbnail = thumbnail;
    if (before) URL.revokeObjectURL(before.url);
  }

  async #showOriginal(photo: Photo): Promise<void> {
    const thumbnail = await this.#parts.makeThumbnail(photo.file);
    if (!this.photos.includes(photo)) {
      if (thumbnail) URL.revokeObjectURL(thumbnail.url);
      return;
    }
    photo.originalShown = thumbnail !== undefined;
    photo.originalThumbnail = thumbnail;
  }
}

function sameTask(a: Task, b: Task): boolean {
  if (a.kind === 'detect') return b.kind === 'detect' && a.profile === b.profile;
  return b.kind === 'blur' && a.key === b.key;
}
