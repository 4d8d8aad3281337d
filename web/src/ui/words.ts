// What the page says about photos and faces.
import type { Profile, Shape, Style } from '../api/types';
import type { Photo } from '../queue/photo.svelte';
import { needsSecondLook, type Mark } from '../review/review';

export const kStyleNames: Readonly<Record<Style, string>> = {
  blur: 'Blur',
  pixelate: 'Pixelate',
  fill: 'Solid',
};
export const kShapeNames: Readonly<Record<Shape, string>> = { ellipse: 'Ellipse', box: 'Box' };
export const kProfileNames: Readonly<Record<Profile, string>> = {
  fast: 'Fast',
  balanced: 'Balanced',
  thorough: 'Thorough',
};

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What is covered, in a few words. */
export function coverage(photo: Photo): string {
  const { marks } = photo.review;
  const covered = photo.coveredCount;
  if (marks.length === 0) return 'No face found';
  if (covered === 0) return 'Nothing is covered';
  const drawn = marks.some((mark) => mark.origin === 'drawn');
  const [one, many] = drawn ? ['area', 'areas'] : ['face', 'faces'];
  if (covered === marks.length) return `${counted(covered, one, many)} covered`;
  return `${covered} of ${counted(marks.length, one, many)} covered`;
}

export function seconds(milliseconds: number): string {
  return counted(Math.max(1, Math.ceil(milliseconds / 1000)), 'second');
}

/** Where a photo is on its way; `now` as performance.now(). */
export function statusOf(photo: Photo, now: number): string {
  switch (photo.step) {
    case 'waiting':
      return photo.tryAgainAt === undefined
        ? 'Waiting'
        : `${photo.problem?.message ?? 'The server is busy'}. Trying again in ${seconds(photo.tryAgainAt - now)}`;
    case 'uploading':
      return `Uploading, ${Math.round(photo.progress * 100)} %`;
    case 'detecting':
      return 'Looking for faces';
    case 'blurring':
      return photo.coveredCount === 0
        ? 'Removing metadata'
        : `Covering ${counted(photo.coveredCount, 'face')}`;
    case 'done':
      return coverage(photo);
    case 'failed':
      return photo.problem?.message ?? 'This did not work';
    case 'cancelled':
      return 'Stopped';
  }
}

export function markName(mark: Mark, number: number): string {
  return mark.origin === 'drawn' ? `Box ${number}` : `Face ${number}`;
}

/** For a screen reader: what a box is and how it stands. */
export function markLabel(mark: Mark, number: number): string {
  const parts = [markName(mark, number), mark.covered ? 'covered' : 'left visible'];
  if (needsSecondLook(mark)) parts.push('worth a second look');
  return parts.join(', ');
}
