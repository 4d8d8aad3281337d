import { describe, expect, it } from 'vitest';
import { around, boxBetween, cutTo, mergedOverFrames, moved, overlapOf, resized } from './geometry';

const picture = { width: 100, height: 80 };
const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

describe('boxes', () => {
  it('overlap is the shared part of both', () => {
    expect(overlapOf(box(0, 0, 10, 10), box(0, 0, 10, 10))).toBe(1);
    expect(overlapOf(box(0, 0, 10, 10), box(5, 0, 10, 10))).toBeCloseTo(1 / 3);
    expect(overlapOf(box(0, 0, 10, 10), box(10, 0, 10, 10))).toBe(0);
  });

  it('a box is drawn from any corner to any other', () => {
    expect(boxBetween({ x: 30, y: 5 }, { x: 10, y: 25 })).toEqual(box(10, 5, 20, 20));
  });

  it('what lies outside the picture is cut off', () => {
    expect(cutTo(box(-10, 70, 30, 30), picture)).toEqual(box(0, 70, 20, 10));
    expect(cutTo(box(200, 200, 5, 5), picture)).toEqual(box(100, 80, 0, 0));
  });

  it('a moved box keeps its size and stays inside', () => {
    expect(moved(box(10, 10, 20, 20), { x: 500, y: -500 }, picture)).toEqual(box(80, 0, 20, 20));
  });

  it('a resized box neither vanishes nor leaves the picture', () => {
    expect(resized(box(10, 10, 20, 20), { x: -500, y: 500 }, picture)).toEqual(box(10, 10, 8, 70));
  });

  it('a box around two holds both', () => {
    expect(around(box(0, 10, 5, 5), box(20, 0, 5, 5))).toEqual(box(0, 0, 25, 15));
  });
});

describe('an animation', () => {
  it('has one box for a face that moves a little from frame to frame', () => {
    const faces = [0, 2, 4].map((x, frame) => ({ box: box(x, 0, 20, 20), score: 0.5 + frame / 10, frame }));
    expect(mergedOverFrames(faces)).toEqual([{ box: box(0, 0, 24, 20), score: 0.7 }]);
  });

  it('has a box each for faces in different places', () => {
    const faces = [box(0, 0, 20, 20), box(60, 0, 20, 20)].map((one, frame) => ({
      box: one,
      score: 1,
      frame,
    }));
    expect(mergedOverFrames(faces)).toHaveLength(2);
  });
});
