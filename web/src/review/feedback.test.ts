// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { Detection } from '../api/types';
import { canReport, coarse, drawnOf, leftOf, reportOf } from './feedback';
import { startReview, withBox, withDetection, withMark, withToggled } from './review';

const at = (x: number, y = 0) => ({ x, y, width: 100, height: 100 });
const found = (...faces: readonly [number, number][]): Detection => ({
  image: { width: 6400, height: 3200 },
  faces: faces.map(([x, score]) => ({ box: at(x), score })),
  model: 'a'.repeat(64),
  takesFeedback: true,
});

const detection = found([100, 0.987654], [1000, 0.3], [2000, 0.8]);
const start = withDetection(startReview(), 'balanced', detection);
const [first, second, third] = start.marks.map(({ id }) => id) as [number, number, number];
// What the service finds with a lower threshold: the same, and three candidates.
const nearly = found([100, 0.987654], [1000, 0.3], [2000, 0.8], [3010, 0.151], [3030, 0.12], [5000, 0.071]);
const meant = { drawnAreFaces: true, leftAreNoFaces: true };

describe('a report', () => {
  it('tells what was done to each box, coarsely', () => {
    let review = withToggled(start, second);
    review = withBox(review, third, at(2010));
    review = withMark(review, at(3000));
    const report = reportOf(review, nearly, meant);
    expect(report?.boxes.map(({ action }) => action)).toEqual(['confirmed', 'removed', 'moved', 'drawn']);
    expect(report?.boxes[0]).toEqual({ box: at(100), action: 'confirmed', score: 0.99 });
    expect(report?.boxes[3]).toMatchObject({ best_candidate: 0.15 });
    expect(report?.candidates).toEqual({ from: 0.05, passed_over: [0.07] });
    expect(report).toMatchObject({ image: { width: 6400, height: 3200 }, profile: 'balanced' });
  });

  it('does not take what is left visible for no face, nor what is drawn for one, unasked', () => {
    const review = withMark(withToggled(start, second), at(3000));
    const report = reportOf(review, nearly, { drawnAreFaces: false, leftAreNoFaces: false });
    expect(report?.boxes.map(({ action }) => action)).toEqual(['confirmed', 'confirmed']);
    expect(report?.candidates.passed_over, 'at the drawn box nobody passed anything over').toEqual([0.07]);
    expect([drawnOf(review).length, leftOf(review).length]).toEqual([1, 1]);
  });

  it('says where nothing was found at all', () => {
    const report = reportOf(withMark(start, at(6000, 2000)), nearly, meant);
    expect(report?.boxes.at(-1)).toMatchObject({ action: 'drawn', best_candidate: null });
  });

  it('is none where nothing is left to tell', () => {
    let review = start;
    for (const id of [first, second, third]) review = withToggled(review, id);
    expect(reportOf(review, nearly, { drawnAreFaces: true, leftAreNoFaces: false })).toBeUndefined();
  });

  it('has no number finer than the service keeps', () => {
    expect(coarse({ x: 149, y: 151, width: 100, height: 40 }, { width: 6400, height: 3200 })).toEqual({
      x: 100,
      y: 200,
      width: 100,
      height: 100,
    });
  });

  it('is offered where the service takes it, of photos that are no animation', () => {
    expect(canReport(start, detection)).toBe(true);
    expect(canReport(start, undefined)).toBe(false);
    expect(canReport(start, { ...detection, takesFeedback: undefined })).toBe(false);
    expect(canReport(startReview(), detection)).toBe(false);
    const frames = { ...detection, faces: [{ box: at(1), score: 0.5, frame: 0 }] };
    expect(canReport(start, frames)).toBe(false);
  });
});
