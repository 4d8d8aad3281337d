// What the page says about clips.
import type { PhotoProblem } from '../api/problem';
import type { Track } from '../api/videos';
import type { Clip } from '../queue/clips.svelte';
import { isDrawn } from '../review/tracks';
import { t } from '../words/language.svelte';

/** Kinds that say the same of photos and of clips have one text. */
function wordsOf({ kind }: PhotoProblem): readonly [string, string] {
  const own: Readonly<Record<string, [string, string]>> = t.clip.problems;
  return own[kind] ?? t.problems[kind];
}

export function clipProblemTitle(problem: PhotoProblem): string {
  return wordsOf(problem)[0];
}

export function clipProblemAdvice(problem: PhotoProblem): string {
  return wordsOf(problem)[1];
}

export function clipCoverage(clip: Clip): string {
  const all = clip.tracks?.tracks.length ?? 0;
  if (all === 0) return t.noFaceFound;
  if (clip.coveredCount === 0) return t.nothingCovered;
  return clip.coveredCount === all
    ? t.clip.peopleCovered(all)
    : t.clip.peopleCoveredOf(clip.coveredCount, all);
}

function withTimeLeft(text: string, clip: Clip): string {
  if (clip.secondsLeft === undefined || clip.share === undefined) return text;
  return `${text}, ${t.clip.timeLeft(t.seconds(Math.max(1, Math.round(clip.secondsLeft))))}`;
}

/** Where a clip is on its way; `now` as performance.now(). */
export function clipStatus(clip: Clip, now: number): string {
  const percent = Math.round((clip.share ?? 0) * 100);
  switch (clip.step) {
    case 'waiting': {
      if (clip.tryAgainAt === undefined || !clip.problem) return t.waiting;
      const wait = Math.max(1, Math.ceil((clip.tryAgainAt - now) / 1000));
      return t.tryingAgainIn(clipProblemTitle(clip.problem), wait);
    }
    case 'uploading':
      return t.uploading(percent);
    case 'queued':
      return t.clip.queued;
    case 'analyzing':
      return withTimeLeft(t.clip.looking(percent), clip);
    case 'rendering':
      return withTimeLeft(t.clip.covering(percent), clip);
    case 'fetching':
      return t.clip.fetching;
    case 'done':
      return clip.ready ? clipCoverage(clip) : t.clip.changed;
    case 'failed':
      return clip.problem ? clipProblemTitle(clip.problem) : t.didNotWork;
    case 'cancelled':
      return t.stopped;
  }
}

export function trackName(track: Track, number: number): string {
  return isDrawn(track) ? t.clip.place(number) : t.clip.person(number);
}
