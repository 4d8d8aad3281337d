// What the page says about photos and faces.
import type { PhotoProblem } from '../api/problem';
import type { Photo } from '../queue/photo.svelte';
import { needsSecondLook, type Mark } from '../review/review';
import { t } from '../words/language.svelte';

/** 1 MiB and more in megabytes, as a person counts. */
export function sizeOf(bytes: number): string {
  const mega = bytes / (1 << 20);
  return mega >= 10
    ? `${Math.round(mega)} MB`
    : mega >= 0.1
      ? `${mega.toFixed(1)} MB`
      : `${Math.ceil(bytes / 1024)} kB`;
}

export function titleOf(problem: PhotoProblem): string {
  return t.problems[problem.kind][0];
}

export function adviceOf(problem: PhotoProblem, file: Blob): string {
  if (problem.mostBytes !== undefined) return t.tooLargeBoth(sizeOf(file.size), sizeOf(problem.mostBytes));
  return t.problems[problem.kind][1];
}

function hasDrawn(photo: Photo): boolean {
  return photo.review.marks.some((mark) => mark.origin === 'drawn');
}

/** What is covered, in a few words. */
export function coverage(photo: Photo): string {
  const all = photo.review.marks.length;
  const covered = photo.coveredCount;
  if (all === 0) return t.noFaceFound;
  if (covered === 0) return t.nothingCovered;
  if (hasDrawn(photo)) return covered === all ? t.areasCovered(covered) : t.areasCoveredOf(covered, all);
  return covered === all ? t.facesCovered(covered) : t.facesCoveredOf(covered, all);
}

/** Where a photo is on its way; `now` as performance.now(). */
export function statusOf(photo: Photo, now: number): string {
  switch (photo.step) {
    case 'waiting': {
      if (photo.tryAgainAt === undefined || !photo.problem) return t.waiting;
      return t.tryingAgainIn(titleOf(photo.problem), Math.max(1, Math.ceil((photo.tryAgainAt - now) / 1000)));
    }
    case 'uploading':
      return t.uploading(Math.round(photo.progress * 100));
    case 'detecting':
      return photo.slow ? t.slowAnswer : t.lookingForFaces;
    case 'blurring': {
      if (photo.slow) return t.slowAnswer;
      if (photo.coveredCount === 0) return t.removingMetadata;
      return hasDrawn(photo) ? t.coveringAreas(photo.coveredCount) : t.coveringFaces(photo.coveredCount);
    }
    case 'done':
      return coverage(photo);
    case 'failed':
      return photo.problem ? titleOf(photo.problem) : t.didNotWork;
    case 'cancelled':
      return t.stopped;
  }
}

/** What is taken out of a file, or was; undefined where there is nothing to say. */
export function notesOf(photo: Photo): string | undefined {
  const { ready } = photo;
  // The server says what it took out; until it has, the file is all there is to ask.
  const notes = ready ? ready.removed : (photo.inspection?.notes ?? []);
  if (notes.length === 0) return undefined;
  const kinds = notes.map((note) => t.metadata[note]).join(', ');
  return ready ? t.metadataRemoved(kinds) : t.metadataToRemove(kinds);
}

export function markName(mark: Mark, number: number): string {
  if (mark.stroke) return t.reviewing.stroke(number);
  return mark.origin === 'drawn' ? t.box(number) : t.face(number);
}

/** For a screen reader: what a box is and how it stands. */
export function markLabel(mark: Mark, number: number): string {
  const parts = [markName(mark, number), mark.covered ? t.isCovered : t.isLeft];
  if (needsSecondLook(mark)) parts.push(t.worthSecondLook);
  return parts.join(', ');
}
