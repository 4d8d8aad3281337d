import { describe, expect, it } from 'vitest';
import { coveredRegions, keyOf, startReview, withBox, withBoxesOf, withMark, withStroke } from './review';
import { boxOf, carriedTo, dabsOf, extended, pathOf, type Stroke } from './stroke';

const stroke: Stroke = {
  points: [
    { x: 20, y: 20 },
    { x: 80, y: 20 },
    { x: 80, y: 60 },
  ],
  width: 12,
};
/** The circle through the corners of each dab, which is what the service covers. */
const discs = (of: Stroke) =>
  dabsOf(of).map(({ x, y, width }) => ({
    x: x + width / 2,
    y: y + width / 2,
    radius: width / Math.SQRT2,
  }));

describe('a stroke', () => {
  it('is covered all along its path, as wide as the brush and no wider', () => {
    const all = discs(stroke);
    const holds = (x: number, y: number) =>
      all.some((disc) => Math.hypot(disc.x - x, disc.y - y) <= disc.radius);
    for (const disc of all) expect(disc.radius).toBeCloseTo(6);
    for (let x = 20; x <= 80; x += 0.5) {
      expect(holds(x, 20) && holds(x, 20 + 5.6) && holds(x, 20 - 5.6), `at ${x}`).toBe(true);
      expect(holds(x, 20 - 6.1)).toBe(false);
    }
    for (let y = 20; y <= 60; y += 0.5) expect(holds(80, y)).toBe(true);
    expect(boxOf(stroke)).toEqual({ x: 14, y: 14, width: 72, height: 52 });
  });

  it('is a dot where the hand did not move, and ends where it is too long', () => {
    const dot: Stroke = { points: [{ x: 5, y: 5 }], width: 12 };
    expect(dabsOf(dot)).toHaveLength(1);
    expect(pathOf(dot.points)).toBe('M5 5L5 5');
    expect(extended(dot, { x: 6, y: 5 })).toBe(dot);
    let long = dot;
    for (let x = 0; x < 20_000; x += 10) long = extended(long, { x, y: 5 });
    expect(dabsOf(long).length).toBeLessThanOrEqual(400);
    expect(boxOf(long).width).toBeGreaterThan(1000);
  });

  it('goes with its box: moved, sized, and onto a photo of another size', () => {
    const moved = carriedTo(stroke, { x: 24, y: 14, width: 72, height: 52 });
    expect(moved.points[0]).toEqual({ x: 30, y: 20 });
    expect(moved.width).toBe(12);
    const larger = carriedTo(stroke, { x: 14, y: 14, width: 144, height: 104 });
    expect(boxOf(larger)).toEqual({ x: 14, y: 14, width: 144, height: 104 });
    expect(larger.width).toBe(24);

    const painted = withStroke(startReview(), stroke);
    const other = withBoxesOf(startReview(), { width: 200, height: 200 }, painted, {
      width: 100,
      height: 100,
    });
    expect(other.marks[0]?.stroke?.width).toBe(24);
    expect(other.marks[0]?.box).toEqual({ x: 28, y: 28, width: 144, height: 104 });
  });

  it('is asked for as circles, as one mark among the others', () => {
    const painted = withStroke(withMark(startReview(), { x: 0, y: 0, width: 9, height: 9 }), stroke);
    expect(painted.marks).toHaveLength(2);
    expect(coveredRegions(painted)).toHaveLength(1 + dabsOf(stroke).length);
    const moved = withBox(painted, 2, { x: 16, y: 14, width: 72, height: 52 });
    expect(keyOf(moved)).not.toBe(keyOf(painted));
    expect(moved.marks[1]?.origin).toBe('drawn');
  });
});
