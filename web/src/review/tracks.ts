// What a person decides about a clip: which tracks stay visible. Values that are replaced, never changed.
import type { Box, Look } from '../api/types';
import type { Span, Track, TracksFile } from '../api/videos';

/** Part of the clip, 0..1 of its length. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Doubt {
  readonly track: Track;
  readonly span: Span;
}

/** Seconds since the first frame. A frame that the clip does not have counts as its nearest. */
export function secondsOf({ times_us }: TracksFile, frame: number): number {
  const first = times_us[0] ?? 0;
  const last = times_us.length - 1;
  return ((times_us[Math.min(Math.max(frame, 0), last)] ?? first) - first) / 1e6;
}

/** Seconds, with the last frame as long as the others are on average. */
export function lengthOf(file: TracksFile): number {
  const count = file.times_us.length;
  const shown = secondsOf(file, count - 1);
  return count > 1 ? (shown * count) / (count - 1) : 0.04;
}

/** The frame on the screen, by halving: a long clip has a hundred thousand. */
export function frameAt({ times_us }: TracksFile, seconds: number): number {
  // Players round to milliseconds or so; half of one keeps them in their frame.
  const time = (times_us[0] ?? 0) + seconds * 1e6 + 500;
  let low = 0;
  let high = times_us.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((times_us[middle] ?? Infinity) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function stretchOf(file: TracksFile, [first, last]: Span): Stretch {
  const length = lengthOf(file);
  const end = last + 1 < file.times_us.length ? secondsOf(file, last + 1) : length;
  return { from: secondsOf(file, first) / length, to: Math.min(end / length, 1) };
}

function boxIn([, x = 0, y = 0, width = 0, height = 0]: readonly number[]): Box {
  return { x, y, width, height };
}

/** Where a track is in a frame, in a straight line between its boxes; undefined outside its span. */
export function boxAt(track: Track, frame: number): Box | undefined {
  if (frame < track.first_frame || frame > track.last_frame) return undefined;
  const after = track.boxes.findIndex(([at = 0]) => at >= frame);
  const next = track.boxes.at(after);
  const previous = track.boxes[after < 0 ? track.boxes.length - 1 : Math.max(after - 1, 0)] ?? next;
  if (!next || !previous) return undefined;
  const [from = 0, to = 0] = [previous[0], next[0]];
  const share = to > from ? Math.min(Math.max((frame - from) / (to - from), 0), 1) : 0;
  const [a, b] = [boxIn(previous), boxIn(next)];
  const between = (key: keyof Box) => a[key] + (b[key] - a[key]) * share;
  return { x: between('x'), y: between('y'), width: between('width'), height: between('height') };
}

/** The box that shows who it is best. */
export function bestBox(track: Track): { readonly frame: number; readonly box: Box } {
  const best = track.boxes.reduce((one, other) => ((other[5] ?? 0) > (one[5] ?? 0) ? other : one));
  return { frame: best[0] ?? track.first_frame, box: boxIn(best) };
}

export function isDrawn(track: Track): boolean {
  return track.boxes.every((box) => box.length < 6);
}

/** In the order in which they are first seen. */
export function inOrder(file: TracksFile): Track[] {
  return [...file.tracks].sort((a, b) => a.first_frame - b.first_frame || a.id - b.id);
}

export function coveredTracks(file: TracksFile): Track[] {
  return file.tracks.filter((track) => !track.keep);
}

/** What is worth a look, in the order of time. Somebody who stays visible anyway is no doubt. */
export function doubtsOf(file: TracksFile): Doubt[] {
  return coveredTracks(file)
    .flatMap((track) => (track.uncertain ?? []).map((span) => ({ track, span })))
    .sort((a, b) => a.span[0] - b.span[0]);
}

export function withKept(file: TracksFile, id: number, keep: boolean): TracksFile {
  return { ...file, tracks: file.tracks.map((track) => (track.id === id ? { ...track, keep } : track)) };
}

/** The last frame of the shot that `frame` is in. */
export function shotEnd(file: TracksFile, frame: number): number {
  const cut = (file.cuts ?? []).find((begins) => begins > frame);
  return (cut ?? file.clip.frames) - 1;
}

/** Covers a place from `frame` to the end of its shot. */
export function withDrawn(file: TracksFile, box: Box, frame: number): TracksFile {
  const id = Math.max(0, ...file.tracks.map((track) => track.id)) + 1;
  const drawn: Track = {
    id,
    first_frame: frame,
    last_frame: shotEnd(file, frame),
    boxes: [[frame, box.x, box.y, box.width, box.height]],
  };
  return { ...file, tracks: [...file.tracks, drawn] };
}

/** What is drawn lies in the picture: the service refuses what does not. */
function within({ clip }: TracksFile, { x, y, width, height }: Box): Box {
  const wide = Math.min(Math.max(width, 1), clip.width);
  const high = Math.min(Math.max(height, 1), clip.height);
  return {
    x: Math.min(Math.max(x, 0), clip.width - wide),
    y: Math.min(Math.max(y, 0), clip.height - high),
    width: wide,
    height: high,
  };
}

/** Somewhere to begin where no pointer draws. */
export function middleBox({ clip }: TracksFile): Box {
  const side = Math.min(clip.width, clip.height) / 4;
  return { x: (clip.width - side) / 2, y: (clip.height - side) / 2, width: side, height: side };
}

/** Moves a drawn track's box by so many pixels, or changes its size by them. */
export function nudged(
  file: TracksFile,
  id: number,
  by: { x: number; y: number },
  size: boolean,
): TracksFile {
  const change = ([frame = 0, x = 0, y = 0, width = 0, height = 0]: readonly number[]) => {
    const box = size
      ? { x, y, width: width + by.x, height: height + by.y }
      : { x: x + by.x, y: y + by.y, width, height };
    const inside = within(file, box);
    return [frame, inside.x, inside.y, inside.width, inside.height];
  };
  return {
    ...file,
    tracks: file.tracks.map((track) =>
      track.id === id ? { ...track, boxes: track.boxes.map(change) } : track,
    ),
  };
}

/** Of a drawn track: where it begins and ends. */
export function withSpan(file: TracksFile, id: number, [first, last]: Span): TracksFile {
  const span = { first_frame: Math.min(first, last), last_frame: Math.max(first, last) };
  const moved = (box: readonly number[]) => [span.first_frame, ...box.slice(1)];
  return {
    ...file,
    tracks: file.tracks.map((track) =>
      track.id === id ? { ...track, ...span, boxes: track.boxes.slice(0, 1).map(moved) } : track,
    ),
  };
}

export function withoutTrack(file: TracksFile, id: number): TracksFile {
  return { ...file, tracks: file.tracks.filter((track) => track.id !== id) };
}

/** Equal for what gives the same clip. Without tracks: everything that is found is covered. */
export function clipKey(look: Look, file: TracksFile | undefined): string {
  const tracks = file?.tracks ?? [];
  const kept = tracks.filter((track) => track.keep).map((track) => track.id);
  return JSON.stringify([look, kept, tracks.filter(isDrawn)]);
}

/** 65.2 is 1:05. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
