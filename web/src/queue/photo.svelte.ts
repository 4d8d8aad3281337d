// One photo on its way: what is known of it, what was decided about it, what the server gave for that.
import type { FeedbackReceipt } from '../api/feedback';
import type { PhotoProblem } from '../api/problem';
import type { Detection, Look, Profile } from '../api/types';
import type { Note } from '../api/notes';
import type { Inspection } from '../file/inspect';
import type { FeedbackReport } from '../review/feedback';
import { pushed, redone, replaced, startHistory, undone, type History } from '../review/history';
import {
  keyOf,
  needsSecondLook,
  startReview,
  withDetection,
  withMinScore,
  type Cover,
  type Review,
} from '../review/review';
import { neutralName, redactedName, safeFolder } from '../save/names';
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
  | { readonly kind: 'detect'; readonly profile: Profile; readonly minScore?: number }
  | { readonly kind: 'blur'; readonly key: string; readonly review: Review };

/** The least that a face can be asked to be sure: below it nearly all is none. */
export const kLeastScore = 0.1;

/** From this score on a detection has all faces; where the service does not say, those that it has tell. */
function leastOf({ faces, minScore }: Detection): number {
  return minScore ?? Math.min(1, ...faces.map(({ score }) => score));
}

export interface Result {
  /** Of the review that it shows. */
  readonly key: string;
  /** The server's bytes: what is saved. */
  readonly blob: Blob;
  /** What the browser can show of it: `blob` itself, or the same photo as JPEG. */
  readonly shown: Blob;
  /** What is covered in it, and how. */
  readonly covers: readonly Cover[];
  readonly look: Look;
  /** The kinds of metadata that the server took out. */
  readonly removed: readonly Note[];
  /** Of `blob`, where one was asked for. */
  readonly receipt?: string | undefined;
}

export interface Told {
  readonly report: FeedbackReport;
  readonly receipt: FeedbackReceipt;
}

export class Photo {
  readonly id: number;
  readonly file: File;
  /** The folders that it came in, with a slash at the end if any. */
  readonly folder: string;

  step = $state<Step>('waiting');
  /** 0..1 of the upload under way. */
  progress = $state(0);
  problem = $state.raw<PhotoProblem>();
  /** When a busy server may be asked again; performance.now() milliseconds. */
  tryAgainAt = $state<number>();
  tries = 0;
  /** The answer is long in coming. */
  slow = $state(false);

  wantedProfile = $state<Profile>('balanced');
  detections = $state.raw<Partial<Record<Profile, Detection>>>({});
  /** With kLeastScore: all that anyone can ask for. */
  wideDetections = $state.raw<Partial<Record<Profile, Detection>>>({});
  /** Asked for and not there yet. */
  wantedMinScore = $state<number>();
  history = $state.raw<History<Review>>(startHistory(startReview()));
  result = $state.raw<Result>();
  savedKey = $state<string>();
  /** Someone looked at it in the review. */
  reviewed = $state(false);
  inspection = $state.raw<Inspection>();
  /** What was told about its boxes, until that is taken back. */
  told = $state.raw<Told>();

  /** False where the browser cannot show the file itself; undefined until that is known. */
  originalShown = $state<boolean>();
  originalThumbnail = $state.raw<Thumbnail>();
  /** The original as the service shows it, upright: for what the browser does not show, or lays wrong. */
  preview = $state.raw<Blob>();
  resultThumbnail = $state.raw<Thumbnail>();

  constructor(id: number, file: File, review: Review, path = '') {
    this.id = id;
    this.file = file;
    this.folder = safeFolder(path);
    this.history = startHistory(review);
    this.wantedProfile = review.profile;
  }

  get review(): Review {
    return this.history.present;
  }

  get detection(): Detection | undefined {
    return this.detections[this.review.profile];
  }

  /** Some search has come back. */
  get searched(): boolean {
    return Object.keys(this.detections).length > 0;
  }

  get wantedKey(): string {
    return keyOf(this.review);
  }

  get coveredCount(): number {
    return this.review.marks.filter((mark) => mark.covered).length;
  }

  get secondLookCount(): number {
    return this.review.marks.filter(needsSecondLook).length;
  }

  /** What may be saved: only ever the bytes for the review as it stands. */
  get ready(): Result | undefined {
    return this.task === undefined ? this.result : undefined;
  }

  /** Of the file that is saved. `number`: its place among all, for a name that tells nothing. */
  name(number?: number): string {
    const type = this.result?.blob.type ?? this.file.type;
    return number === undefined ? redactedName(this.file.name, type) : neutralName(number, type);
  }

  /** There are decisions or a result that would be lost with it. */
  get unsaved(): boolean {
    if (this.ready) return this.ready.key !== this.savedKey;
    return this.busy || this.step === 'waiting' || this.detection !== undefined;
  }

  get task(): Task | undefined {
    if (!this.detections[this.wantedProfile] || !this.detection) {
      return { kind: 'detect', profile: this.wantedProfile };
    }
    if (this.wantedMinScore !== undefined) {
      return { kind: 'detect', profile: this.review.profile, minScore: kLeastScore };
    }
    const key = this.wantedKey;
    return this.result?.key === key ? undefined : { kind: 'blur', key, review: this.review };
  }

  get busy(): boolean {
    return this.step === 'uploading' || this.step === 'detecting' || this.step === 'blurring';
  }

  /** Whether the file itself can be laid under the boxes; undefined until that is known. */
  get comparable(): boolean | undefined {
    if (this.originalShown === false) return false;
    const thumbnail = this.originalThumbnail?.size;
    const picture = this.detection?.image;
    if (!thumbnail || !picture) return undefined;
    // A browser that turns a photo otherwise than the service would show the boxes in wrong places.
    return Math.abs(thumbnail.width / thumbnail.height - picture.width / picture.height) < 0.01;
  }

  /** What shows the photo as it was, upright. */
  get original(): Blob | undefined {
    return this.comparable ? this.file : this.preview;
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
    return this.history.past.length > 0 || this.#searching;
  }

  get #searching(): boolean {
    return this.wantedProfile !== this.review.profile || this.wantedMinScore !== undefined;
  }

  get canRedo(): boolean {
    return this.history.future.length > 0;
  }

  /** A search that has not come back yet is the first thing to be undone. */
  undo(): void {
    if (!this.#searching) this.history = undone(this.history);
    this.#giveUpSearch();
  }

  redo(): void {
    this.history = redone(this.history);
    this.#giveUpSearch();
  }

  #giveUpSearch(): void {
    this.wantedProfile = this.review.profile;
    this.wantedMinScore = undefined;
  }

  /** Another search; one that was made before is taken up again without asking. */
  search(profile: Profile): void {
    this.wantedProfile = profile;
    this.wantedMinScore = undefined;
    const known = this.detections[profile];
    if (known && this.review.profile !== profile) this.decide(withDetection(this.review, profile, known));
  }

  /** `review` with the faces that are as sure; undefined where they have to be asked for first. */
  withMinScore(review: Review, minScore: number): Review | undefined {
    const own = this.detections[review.profile];
    const known = own && minScore >= leastOf(own) ? own : this.wideDetections[review.profile];
    return known && withMinScore(review, minScore, known);
  }

  /** As sure as the faces of the review are asked to be; undefined: as the search has it. */
  get minScore(): number | undefined {
    return this.wantedMinScore ?? this.review.minScore;
  }

  /** As sure as the search itself has them; undefined where the service does not say. */
  get ownMinScore(): number | undefined {
    return this.detection?.minScore;
  }

  takeWideDetection(profile: Profile, detection: Detection): void {
    this.wideDetections = { ...this.wideDetections, [profile]: detection };
    const wanted = this.wantedMinScore;
    this.wantedMinScore = undefined;
    if (wanted === undefined || profile !== this.review.profile) return;
    this.decide(withMinScore(this.review, wanted, detection));
  }

  takeDetection(profile: Profile, detection: Detection): void {
    const first = !this.searched;
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
