// One photo on its way: what is known of it, what was decided about it, what the server gave for that.
import type { PhotoProblem } from '../api/problem';
import type { Box, Detection, Profile } from '../api/types';
import { pushed, redone, replaced, startHistory, undone, type History } from '../review/history';
import {
  coveredBoxes,
  keyOf,
  needsSecondLook,
  startReview,
  withDetection,
  type Review,
} from '../review/review';
import { redactedName } from '../save/names';
import type { Thumbnail } from './pictures';

export type Step =
  | 'waiting' // for its turn, or until a busy server may be asked again
  | 'uploading'
  | 'detecting'
  | 'blurring'
  | 'done'
  | 'failed'
  | 'cancelled';

/** What is to be asked of the server next. */
export type Task =
  | { readonly kind: 'detect'; readonly profile: Profile }
  | { readonly kind: 'blur'; readonly key: string; readonly review: Review };

export interface Result {
  /** Of the review that it shows. */
  readonly key: string;
  /** The server's bytes: what is saved. */
  readonly blob: Blob;
  /** What the browser can show of it: `blob` itself, or the same photo as JPEG. */
  readonly shown: Blob;
  readonly regions: readonly Box[];
}

export class Photo {
  readonly id: number;
  readonly file: File;

  step = $state<Step>('waiting');
  /** 0..1 of the upload under way. */
  progress = $state(0);
  problem = $state.raw<PhotoProblem>();
  /** When a busy server may be asked again; performance.now() milliseconds. */
  tryAgainAt = $state<number>();
  tries = 0;

  wantedProfile = $state<Profile>('balanced');
  detections = $state.raw<Partial<Record<Profile, Detection>>>({});
  history = $state.raw<History<Review>>(startHistory(startReview()));
  result = $state.raw<Result>();
  savedKey = $state<string>();

  /** False where the browser cannot show the file itself; undefined until that is known. */
  originalShown = $state<boolean>();
  originalThumbnail = $state.raw<Thumbnail>();
  resultThumbnail = $state.raw<Thumbnail>();

  constructor(id: number, file: File, review: Review) {
    this.id = id;
    this.file = file;
    this.history = startHistory(review);
    this.wantedProfile = review.profile;
  }

  get review(): Review {
    return this.history.present;
  }

  get detection(): Detection | undefined {
    return this.detections[this.review.profile];
  }

  get wantedKey(): string {
    return keyOf(this.review);
  }

  get coveredCount(): number {
    return coveredBoxes(this.review).length;
  }

  get secondLookCount(): number {
    return this.review.marks.filter(needsSecondLook).length;
  }

  /** What may be saved: only ever the bytes for the review as it stands. */
  get ready(): Result | undefined {
    return this.task === undefined ? this.result : undefined;
  }

  get name(): string {
    return redactedName(this.file.name, this.result?.blob.type ?? this.file.type);
  }

  get task(): Task | undefined {
    if (!this.detections[this.wantedProfile] || !this.detection) {
      return { kind: 'detect', profile: this.wantedProfile };
    }
    const key = this.wantedKey;
    return this.result?.key === key ? undefined : { kind: 'blur', key, review: this.review };
  }

  get busy(): boolean {
    return this.step === 'uploading' || this.step === 'detecting' || this.step === 'blurring';
  }

  /** Whether the file itself can be laid under the boxes. */
  get comparable(): boolean {
    const thumbnail = this.originalThumbnail?.size;
    const picture = this.detection?.image;
    if (!thumbnail || !picture) return false;
    // A browser that turns a photo otherwise than the service would show the boxes in wrong places.
    return Math.abs(thumbnail.width / thumbnail.height - picture.width / picture.height) < 0.01;
  }

  /** Makes a decision that can be undone. */
  decide(review: Review): void {
    this.history = pushed(this.history, review);
  }

  /** One of many moves within a decision. */
  adjust(review: Review): void {
    this.history = replaced(this.history, review);
  }

  /** Changes what a photo starts with, before there is anything to decide about. */
  prepare(review: Review): void {
    this.history = startHistory(review);
    this.wantedProfile = review.profile;
  }

  get canUndo(): boolean {
    return this.history.past.length > 0 || this.wantedProfile !== this.review.profile;
  }

  get canRedo(): boolean {
    return this.history.future.length > 0;
  }

  /** A search that has not come back yet is the first thing to be undone. */
  undo(): void {
    if (this.wantedProfile === this.review.profile) this.history = undone(this.history);
    this.wantedProfile = this.review.profile;
  }

  redo(): void {
    this.history = redone(this.history);
    this.wantedProfile = this.review.profile;
  }

  /** Another search; one that was made before is taken up again without asking. */
  search(profile: Profile): void {
    this.wantedProfile = profile;
    const known = this.detections[profile];
    if (known && this.review.profile !== profile) this.decide(withDetection(this.review, profile, known));
  }

  takeDetection(profile: Profile, detection: Detection): void {
    const first = Object.keys(this.detections).length === 0;
    this.detections = { ...this.detections, [profile]: detection };
    if (profile !== this.wantedProfile) return;
    const review = withDetection(this.review, profile, detection);
    if (first) this.history = startHistory(review);
    else this.decide(review);
  }

  /** Frees what the browser holds for this photo. */
  free(): void {
    if (this.originalThumbnail) URL.revokeObjectURL(this.originalThumbnail.url);
    if (this.resultThumbnail) URL.revokeObjectURL(this.resultThumbnail.url);
    this.originalThumbnail = undefined;
    this.resultThumbnail = undefined;
  }
}
