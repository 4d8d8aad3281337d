// All photos and their way to the server and back: few at a time, in order, the one under review first.
import type { BlurRequest, Client, Redacted } from '../api/client';
import { PhotoProblem } from '../api/problem';
import { kDefaultLook, kDefaultProfile, type Detection, type Look, type Profile } from '../api/types';
import { kindByType, kindOf } from '../file/kind';
import { inspect } from '../file/inspect';
import {
  coveredRegions,
  coversOf,
  keptBoxes,
  keyOf,
  startReview,
  withBoxesOf,
  withLook,
  type Review,
} from '../review/review';
import { waitAfter } from './backoff';
import { Photo, type Result, type Task } from './photo.svelte';
import type { MakeThumbnail, Thumbnail } from './pictures';

/** Enough to upload one photo while another is computed, without queueing in front of others. */
const kMostInFlight = 3;

/** So many answers in a row, after a busy server let fewer in, make room for one more. */
const kAnswersForOneMore = 8;

/** ms: changes that follow each other this fast are sent as one. */
const kSettleMs = 250;

/** ms after the upload: then the page says that the answer takes long. */
const kSlowMs = 10_000;

interface Run {
  readonly controller: AbortController;
  readonly task: Task;
}

/** What was taken away, and from which places: enough to put it back. */
export interface Removed {
  readonly photos: readonly { readonly photo: Photo; readonly place: number }[];
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
  /** What came as a photo and is a film goes here, where there is a place for films. */
  onfilm: ((file: File) => void) | undefined;

  readonly #parts: QueueParts;
  readonly #runs = new Map<Photo, Run>();
  readonly #settling = new Map<Photo, ReturnType<typeof setTimeout>>();
  /** Photos whose original is being asked for. */
  readonly #previews = new Set<Photo>();
  /** As many of them are on their way. */
  previewing = $state(0);
  readonly #always = new AbortController().signal;
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

  get reviewable(): Photo[] {
    return this.photos.filter((photo) => photo.detection);
  }

  /** The next that nobody looked at yet, after `photo` and then from the start. */
  nextToReview(photo?: Photo): Photo | undefined {
    const all = this.reviewable;
    const place = photo ? all.indexOf(photo) + 1 : 0;
    return [...all.slice(place), ...all.slice(0, place)].find((one) => !one.reviewed && one !== photo);
  }

  get unsaved(): boolean {
    return this.photos.some((photo) => photo.unsaved);
  }

  add(files: Iterable<File>, pathOf: (file: File) => string = () => ''): Photo[] {
    const added = Array.from(
      files,
      (file) => new Photo(this.#nextId++, file, startReview(this.look, this.profile), pathOf(file)),
    );
    this.photos = [...this.photos, ...added];
    for (const photo of added) {
      const kind = kindByType(photo.file);
      if (kind) this.#giveUp(photo, new PhotoProblem(kind));
      else void this.#showOriginal(photo);
    }
    this.#pump();
    return added;
  }

  remove(...photos: Photo[]): Removed {
    const removed = this.photos
      .map((photo, place) => ({ photo, place }))
      .filter(({ photo }) => photos.includes(photo));
    for (const { photo } of removed) {
      this.#stop(photo);
      photo.free();
      this.#parts.client.forget(photo.file);
    }
    this.photos = this.photos.filter((photo) => !photos.includes(photo));
    if (this.active && photos.includes(this.active)) this.active = undefined;
    this.#pump();
    return { photos: removed };
  }

  clear(): Removed {
    return this.remove(...this.photos);
  }

  /** The page is left: what the service holds for it need not be there any more. */
  leave(): void {
    for (const photo of this.photos) this.#parts.client.forget(photo.file);
  }

  restore({ photos }: Removed): void {
    const all = [...this.photos];
    for (const { photo, place } of photos) {
      all.splice(Math.min(place, all.length), 0, photo);
      if (photo.step !== 'failed' && photo.step !== 'cancelled') photo.step = photo.task ? 'waiting' : 'done';
      void this.#showAgain(photo);
    }
    this.photos = all;
    this.#pump();
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
    this.tryNow();
  }

  /** Those that may come out otherwise this time. */
  retryFailed(): void {
    for (const photo of this.failedPhotos) if (photo.problem?.worthAnotherTry) this.retry(photo);
  }

  /** The line is back, or someone does not want to wait. */
  tryNow(): void {
    this.#pausedUntil = 0;
    this.#pump();
  }

  /** For a server that asks for a key: what failed for want of it goes again. */
  useKey(key: string): void {
    this.#parts.client.key = key;
    for (const photo of this.failedPhotos) if (photo.problem?.kind === 'not_allowed') this.retry(photo);
  }

  /** What was drawn on one photo, on another too. */
  copyBoxes(from: Photo, to: Photo): void {
    if (!from.detection || !to.detection) return;
    to.decide(withBoxesOf(to.review, to.detection.image, from.review, from.detection.image));
    this.changed(to);
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
    if (photo) void this.#preview(photo);
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
    photo.slow = false;
  }

  #giveUp(photo: Photo, problem: PhotoProblem): void {
    photo.problem = problem;
    photo.tryAgainAt = undefined;
    photo.step = 'failed';
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
      const problem = await this.#problemOf(photo, error);
      if (this.#runs.get(photo) !== run) return; // given up; whoever did so set the step
      if (problem.kind === 'a_film' && this.onfilm) {
        this.remove(photo);
        this.onfilm(photo.file);
      } else this.#fail(photo, problem);
    } finally {
      if (this.#runs.get(photo) === run) {
        this.#runs.delete(photo);
        photo.progress = 0;
        photo.slow = false;
        this.#pump();
        this.#previewWhenIdle();
      }
    }
  }

  #answered(): void {
    this.#answersInARow += 1;
    if (this.#answersInARow < kAnswersForOneMore) return;
    this.#answersInARow = 0;
    this.#inFlight = Math.min(this.#inFlight + 1, kMostInFlight);
  }

  /** A file that is no photo, or too large for one, may be something that has a name. */
  async #problemOf(photo: Photo, error: unknown): Promise<PhotoProblem> {
    const problem = error instanceof PhotoProblem ? error : new PhotoProblem('server_fault');
    if (!['not_a_photo', 'unsupported', 'too_large', 'damaged'].includes(problem.kind)) return problem;
    const kind = await kindOf(photo.file).catch(() => undefined);
    // A raw file is half a TIFF: nothing else that is told by its bytes is damaged as a photo.
    const fits = problem.kind !== 'damaged' || kind === 'a_raw';
    return kind && fits ? new PhotoProblem(kind) : problem;
  }

  #fail(photo: Photo, problem: PhotoProblem): void {
    photo.tries += 1;
    const wait = waitAfter(problem, photo.tries);
    if (wait === undefined) {
      this.#giveUp(photo, problem);
      return;
    }
    this.#inFlight = Math.max(1, this.#inFlight - 1);
    this.#answersInARow = 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + wait);
    photo.problem = problem;
    photo.tryAgainAt = this.#pausedUntil;
    photo.step = 'waiting';
  }

  #uploadSteps(photo: Photo, signal: AbortSignal, after: 'detecting' | 'blurring') {
    photo.progress = 0;
    photo.step = 'uploading';
    photo.problem = undefined;
    return (share: number) => {
      if (signal.aborted) return;
      photo.progress = share;
      if (share < 1 || photo.step === after) return;
      photo.step = after;
      setTimeout(() => {
        if (this.#runs.get(photo)?.controller.signal === signal) photo.slow = true;
      }, kSlowMs);
    };
  }

  async #detect(photo: Photo, task: Task & { kind: 'detect' }, signal: AbortSignal): Promise<void> {
    const onUpload = this.#uploadSteps(photo, signal, 'detecting');
    const { client } = this.#parts;
    const options = { signal, onUpload };
    if (task.minScore !== undefined) {
      const detection = await client.detect(photo.file, task.profile, {
        ...options,
        minScore: task.minScore,
      });
      signal.throwIfAborted();
      photo.takeWideDetection(task.profile, detection);
      return;
    }
    if (photo.searched) {
      const detection = await client.detect(photo.file, task.profile, options);
      signal.throwIfAborted();
      photo.takeDetection(task.profile, detection);
      return;
    }
    const { look } = photo.review;
    const { detection, redacted } = await client.firstLook(photo.file, task.profile, look, options);
    signal.throwIfAborted();
    photo.takeDetection(task.profile, detection);
    const { review } = photo;
    // Only where it shows what stands by now.
    if (redacted && review.look === look) await this.#finish(photo, review, redacted, signal);
  }

  async #blur(photo: Photo, task: Task & { kind: 'blur' }, signal: AbortSignal): Promise<void> {
    const onUpload = this.#uploadSteps(photo, signal, 'blurring');
    const redacted = await this.#parts.client.blur(photo.file, requestFor(task.review), { signal, onUpload });
    signal.throwIfAborted();
    await this.#finish(photo, task.review, redacted, signal);
  }

  /** `redacted` is the photo as `review` has it. */
  async #finish(photo: Photo, review: Review, redacted: Redacted, signal: AbortSignal): Promise<void> {
    const { blob, removed } = redacted;
    let shown = blob;
    let thumbnail = await this.#parts.makeThumbnail(blob, true);
    if (!thumbnail) {
      // A format that this browser does not show. The JPEG is for the screen only.
      const request = { ...requestFor(review), format: 'jpeg' } as const;
      shown = (await this.#parts.client.blur(photo.file, request, { signal })).blob;
      thumbnail = await this.#parts.makeThumbnail(shown, true);
    }
    if (signal.aborted) {
      if (thumbnail) URL.revokeObjectURL(thumbnail.url);
      throw signal.reason;
    }
    const { look } = review;
    const result = { key: keyOf(review), blob, shown, covers: coversOf(review), look, removed };
    this.#take(photo, result, thumbnail);
  }

  #take(photo: Photo, result: Result, thumbnail: Thumbnail | undefined): void {
    const before = photo.resultThumbnail;
    photo.result = result;
    photo.resultThumbnail = thumbnail;
    if (before) URL.revokeObjectURL(before.url);
  }

  async #showOriginal(photo: Photo): Promise<void> {
    const [inspection, thumbnail] = await Promise.all([
      inspect(photo.file).catch(() => undefined),
      this.#parts.makeThumbnail(photo.file),
    ]);
    photo.inspection = inspection;
    // Laid otherwise than the service lays it, it would show the boxes in wrong places.
    const turned = inspection !== undefined && inspection.orientation > 1 && !inspection.turnedByBrowser;
    if (!this.photos.includes(photo) || turned) {
      if (thumbnail) URL.revokeObjectURL(thumbnail.url);
      if (turned) photo.originalShown = false;
    } else {
      photo.originalShown = thumbnail !== undefined;
      photo.originalThumbnail = thumbnail;
    }
    this.#previewWhenIdle();
  }

  /** The small pictures that were freed with its removal. */
  async #showAgain(photo: Photo): Promise<void> {
    if (photo.originalShown !== false) void this.#showOriginal(photo);
    const { result } = photo;
    if (!result) return;
    const thumbnail = await this.#parts.makeThumbnail(result.shown);
    if (this.photos.includes(photo) && photo.result === result && !photo.resultThumbnail) {
      photo.resultThumbnail = thumbnail;
    } else if (thumbnail) URL.revokeObjectURL(thumbnail.url);
  }

  /** An original that the browser cannot show is asked for when the line is free, or someone looks at it. */
  #previewWhenIdle(): void {
    if (this.#runs.size > 0 || this.workingPhotos.length > 0) return;
    const next = this.photos.find((photo) => this.#wantsPreview(photo));
    if (next) void this.#preview(next);
  }

  #wantsPreview(photo: Photo): boolean {
    return (
      photo.comparable === false &&
      photo.detection !== undefined &&
      !photo.preview &&
      !this.#previews.has(photo)
    );
  }

  /** Undefined: none is needed. */
  get key(): string | undefined {
    return this.#parts.client.key;
  }

  /** What the service finds with a lower threshold: so that one can tell it what it nearly found. */
  lookAgain(photo: Photo, minScore: number, signal: AbortSignal): Promise<Detection> {
    return this.#parts.client.detect(photo.file, photo.review.profile, { signal, minScore });
  }

  /**
   * The photo once more as it is, with a receipt. It may have other bytes, as a mosaic has fresh noise: true
   * where what was saved of it is no longer it.
   */
  async vouch(photo: Photo, signal: AbortSignal): Promise<boolean> {
    const before = photo.ready;
    if (!before) return false;
    const request = { ...requestFor(photo.review), receipt: true };
    const { blob, receipt } = await this.#parts.client.blur(photo.file, request, { signal });
    if (photo.ready !== before || !receipt) return false;
    const shown = before.shown === before.blob ? blob : before.shown;
    photo.result = { ...before, blob, shown, receipt };
    const outdated = photo.savedKey === before.key && !(await haveSameBytes(blob, before.blob));
    if (outdated) photo.savedKey = undefined;
    return outdated;
  }

  async #preview(photo: Photo): Promise<void> {
    if (!this.#wantsPreview(photo)) return;
    this.#previews.add(photo);
    this.previewing += 1;
    try {
      const request = { regions: [], look: photo.review.look, format: 'jpeg' } as const;
      const answer = await this.#parts.client.blur(photo.file, request, { signal: this.#always });
      photo.preview = answer.blob;
      this.#previews.delete(photo);
      this.#previewWhenIdle();
    } catch {
      // Asked for again when the photo is opened the next time.
      if (this.active !== photo) this.#previews.delete(photo);
    } finally {
      this.previewing -= 1;
    }
  }
}

async function haveSameBytes(one: Blob, other: Blob): Promise<boolean> {
  if (one.size !== other.size) return false;
  const [a, b] = await Promise.all([one.arrayBuffer(), other.arrayBuffer()]);
  const bytes = new Uint8Array(b);
  return new Uint8Array(a).every((byte, place) => byte === bytes[place]);
}

function requestFor(review: Review): BlurRequest {
  return { regions: coveredRegions(review), keep: keptBoxes(review), look: review.look };
}

function sameTask(a: Task, b: Task): boolean {
  if (a.kind === 'detect') {
    return b.kind === 'detect' && a.profile === b.profile && a.minScore === b.minScore;
  }
  return b.kind === 'blur' && a.key === b.key;
}
