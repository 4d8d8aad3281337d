import { describe, expect, it } from 'vitest';
import { closeTo, fitted, panned, toPicture, toStage, zoomed } from './viewport';

const picture = { width: 4000, height: 3000 };
const stage = { width: 800, height: 600 };

describe('the view of a picture', () => {
  it('starts with all of it in the middle', () => {
    expect(fitted(picture, { width: 800, height: 1000 })).toEqual({ scale: 0.2, x: 0, y: 200 });
  });

  it('does not blow up a tiny picture', () => {
    expect(fitted({ width: 10, height: 10 }, stage).scale).toBe(3);
  });

  it('zooms around what is under the pointer', () => {
    const before = fitted(picture, stage);
    const at = { x: 200, y: 450 };
    const after = zoomed(before, 4, at, picture, stage);
    expect(after.scale).toBeCloseTo(0.8);
    expect(toPicture(after, at).x).toBeCloseTo(toPicture(before, at).x);
    expect(toPicture(after, at).y).toBeCloseTo(toPicture(before, at).y);
  });

  it('never becomes smaller than the whole picture nor larger than sixteen times', () => {
    const view = fitted(picture, stage);
    expect(zoomed(view, 0.01, { x: 0, y: 0 }, picture, stage).scale).toBeCloseTo(0.2);
    expect(zoomed(view, 1e9, { x: 0, y: 0 }, picture, stage).scale).toBe(16);
  });

  it('cannot be pushed out of sight', () => {
    const near = zoomed(fitted(picture, stage), 2, { x: 400, y: 300 }, picture, stage);
    const pushed = panned(near, { x: 99999, y: -99999 }, picture, stage);
    expect(pushed.x).toBe(0);
    expect(pushed.y).toBe(600 - 3000 * 0.4);
  });

  it('shows a small face in the middle of the stage', () => {
    const face = { x: 1990, y: 1490, width: 20, height: 20 };
    const shown = toStage(closeTo(face, picture, stage), face);
    expect(shown.x + shown.width / 2).toBeCloseTo(400);
    expect(shown.y + shown.height / 2).toBeCloseTo(300);
    expect(shown.width).toBeGreaterThan(100);
  });
});
