// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { kDefaultLook } from '../api/types';
import type { Track, TracksFile } from '../api/videos';
import {
  bestBox,
  boxAt,
  clipKey,
  clock,
  coveredTracks,
  doubtsOf,
  frameAt,
  inOrder,
  isDrawn,
  lengthOf,
  middleBox,
  nudged,
  secondsOf,
  shotEnd,
  stretchOf,
  withDrawn,
  withKept,
  withoutTrack,
  withSpan,
} from './tracks';

const walker: Track = {
  id: 1,
  first_frame: 2,
  last_frame: 8,
  uncertain: [[6, 8]],
  boxes: [
    [3, 10, 20, 30, 40, 0.5],
    [5, 20, 20, 30, 60, 0.9],
  ],
};
const early: Track = {
  id: 7,
  first_frame: 0,
  last_frame: 4,
  uncertain: [[1, 2]],
  boxes: [[0, 1, 1, 9, 9, 0.8]],
};
const file: TracksFile = {
  clip: { width: 100, height: 80, frames: 10 },
  // Not from 0, as where the sound begins first, and not evenly.
  times_us: [40_000, 80_000, 120_000, 160_000, 240_000, 280_000, 320_000, 360_000, 400_000, 440_000],
  cuts: [6],
  tracks: [walker, early],
};

describe('time', () => {
  it('of a frame counts from the first', () => {
    expect([0, 1, 4, 9].map((frame) => secondsOf(file, frame))).toEqual([0, 0.04, 0.2, 0.4]);
    expect(secondsOf(file, 99)).toBe(0.4);
  });

  it('leads to the frame that is on the screen', () => {
    expect([-1, 0, 0.039, 0.04, 0.0399, 0.19, 0.2, 5].map((time) => frameAt(file, time))).toEqual([
      0, 0, 0, 1, 1, 3, 4, 9,
    ]);
    for (let frame = 0; frame < 10; frame += 1) expect(frameAt(file, secondsOf(file, frame))).toBe(frame);
  });

  it('has the last frame in it', () => {
    expect(lengthOf(file)).toBeCloseTo(0.4 * (10 / 9));
    expect(lengthOf({ ...file, times_us: [5] })).toBeGreaterThan(0);
    expect(stretchOf(file, [0, 9])).toEqual({ from: 0, to: 1 });
    expect(stretchOf(file, [1, 3]).to).toBeCloseTo(0.2 / lengthOf(file));
  });

  it('is written as players do', () => {
    expect([0, 9.9, 65.2, 3600].map(clock)).toEqual(['0:00', '0:09', '1:05', '60:00']);
  });
});

describe('a track', () => {
  it('is between its boxes on a straight line, rests at its ends, and is nowhere else', () => {
    expect(boxAt(walker, 4)).toEqual({ x: 15, y: 20, width: 30, height: 50 });
    expect(boxAt(walker, 2)).toEqual({ x: 10, y: 20, width: 30, height: 40 });
    expect(boxAt(walker, 8)).toEqual({ x: 20, y: 20, width: 30, height: 60 });
    expect([boxAt(walker, 1), boxAt(walker, 9)]).toEqual([undefined, undefined]);
  });

  it('is shown where it was seen best', () => {
    expect(bestBox(walker)).toEqual({ frame: 5, box: { x: 20, y: 20, width: 30, height: 60 } });
  });

  it('comes in the order in which it is first seen', () => {
    expect(inOrder(file).map(({ id }) => id)).toEqual([7, 1]);
    expect(doubtsOf(file).map(({ span }) => span[0])).toEqual([1, 6]);
  });
});

describe('a decision', () => {
  it('leaves one person visible and nothing else changed', () => {
    const kept = withKept(file, 7, true);
    expect(coveredTracks(kept)).toEqual([walker]);
    expect(doubtsOf(kept).map(({ track }) => track.id)).toEqual([1]);
    expect(file.tracks[1]).toBe(early);
  });

  it('makes another clip, and taken back the same', () => {
    const key = clipKey(kDefaultLook, file);
    const kept = withKept(file, 7, true);
    expect(clipKey(kDefaultLook, undefined)).toBe(key);
    expect(clipKey(kDefaultLook, kept)).not.toBe(key);
    expect(clipKey(kDefaultLook, withKept(kept, 7, false))).toBe(key);
    expect(clipKey({ ...kDefaultLook, style: 'fill' }, file)).not.toBe(key);
    expect(clipKey(kDefaultLook, withDrawn(file, { x: 1, y: 2, width: 3, height: 4 }, 3))).not.toBe(key);
  });

  it('keeps what is drawn within the picture', () => {
    const drawn = withDrawn(file, middleBox(file), 0);
    expect(drawn.tracks.at(-1)?.boxes).toEqual([[0, 40, 30, 20, 20]]);
    const box = (x: number, y: number, size: boolean) =>
      nudged(drawn, 8, { x, y }, size).tracks.at(-1)?.boxes[0]?.slice(1);
    expect(box(5, -7, false)).toEqual([45, 23, 20, 20]);
    expect(box(500, -500, false)).toEqual([80, 0, 20, 20]);
    expect(box(10, -500, true)).toEqual([40, 30, 30, 1]);
    expect(box(500, 500, true)).toEqual([0, 0, 100, 80]);
  });

  it('covers a place from a frame to the end of its shot', () => {
    const drawn = withDrawn(file, { x: 1, y: 2, width: 3, height: 4 }, 3);
    expect(drawn.tracks.at(-1)).toEqual({ id: 8, first_frame: 3, last_frame: 5, boxes: [[3, 1, 2, 3, 4]] });
    expect(drawn.tracks.map(isDrawn)).toEqual([false, false, true]);
    expect([shotEnd(file, 5), shotEnd(file, 6)]).toEqual([5, 9]);
    const longer = withSpan(drawn, 8, [2, 9]);
    expect(longer.tracks.at(-1)).toMatchObject({ first_frame: 2, last_frame: 9, boxes: [[2, 1, 2, 3, 4]] });
    expect(withoutTrack(longer, 8)).toEqual(file);
  });
});
