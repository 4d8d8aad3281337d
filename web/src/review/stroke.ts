// What the brush leaves: a path as wide as the brush. The service covers boxes and ellipses, so a stroke
// is covered by circles that overlap along it; regions that touch are one secret there.
import type { Box, Region, Size } from '../api/types';
import { around, type Point } from './geometry';

/** In pixels of the upright picture. */
export interface Stroke {
  readonly points: readonly Point[];
  readonly width: number;
}

/** Of the brush's width: from circle to circle along the path. */
const kStep = 1 / 3;
/** Circles of one stroke: where it has as many, it ends. */
const kMostDabs = 400;
/** Of the brush's width: a hand that moved less has made no new point. */
const kLeastMove = 1 / 6;

const apart = (a: Point, b: Point) => Math.hypot(b.x - a.x, b.y - a.y);

/** From `a` to `b` without `a` itself, in equal steps of at most `step`. */
function between(a: Point, b: Point, step: number): Point[] {
  const count = Math.ceil(apart(a, b) / step);
  return Array.from({ length: count }, (_, index) => {
    const share = (index + 1) / count;
    return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
  });
}

/** Along the path, its own points among them. */
function dabsAlong({ points, width }: Stroke): Point[] {
  const [first, ...rest] = points;
  if (!first) return [];
  let before = first;
  const dabs = [first];
  for (const point of rest) {
    dabs.push(...between(before, point, width * kStep));
    before = point;
  }
  return dabs;
}

/** The stroke with one more point; the same one where the hand hardly moved, or where it is full. */
export function extended(stroke: Stroke, to: Point): Stroke {
  const last = stroke.points.at(-1);
  if (last && apart(last, to) < stroke.width * kLeastMove) return stroke;
  const longer = { ...stroke, points: [...stroke.points, to] };
  return dabsAlong(longer).length > kMostDabs ? stroke : longer;
}

export function circleAt({ x, y }: Point, width: number): Box {
  return { x: x - width / 2, y: y - width / 2, width, height: width };
}

/** The smallest box that holds it. */
export function boxOf({ points, width }: Stroke): Box {
  return points.map((point) => circleAt(point, width)).reduce(around);
}

/** The service's ellipse goes through the corners of its box: this one's is as wide as the brush. */
export function dabsOf(stroke: Stroke, margin = 0): Region[] {
  const width = stroke.width * (1 + 2 * margin);
  return dabsAlong(stroke).map((point) => ({
    ...circleAt(point, width / Math.SQRT2),
    shape: 'ellipse',
    margin: 0,
  }));
}

/** Where a length of `from` comes to lie in `to`; in the middle where it has none. */
function carried(at: number, from: number, length: number, to: number, room: number): number {
  return length > 0 ? to + ((at - from) / length) * room : to + room / 2;
}

/** Moved and sized with the box around it. */
export function carriedTo(stroke: Stroke, to: Box): Stroke {
  const from = boxOf(stroke);
  const width = stroke.width * Math.min(to.width / from.width, to.height / from.height);
  const along = (at: number, start: number, length: number, target: number, room: number) =>
    carried(at, start + stroke.width / 2, length - stroke.width, target + width / 2, room - width);
  const points = stroke.points.map(({ x, y }) => ({
    x: along(x, from.x, from.width, to.x, to.width),
    y: along(y, from.y, from.height, to.y, to.height),
  }));
  return { points, width };
}

/** The same place of a picture of another size. */
export function scaled({ points, width }: Stroke, from: Size, to: Size): Stroke {
  const across = to.width / from.width;
  const down = to.height / from.height;
  return {
    points: points.map(({ x, y }) => ({ x: x * across, y: y * down })),
    width: width * Math.sqrt(across * down),
  };
}

/** As a path for SVG and CSS; `place` says where a point of the picture lies. */
export function pathOf(points: readonly Point[], place: (point: Point) => Point = (point) => point): string {
  // A dot is a line to where it began.
  return [...points, ...points.slice(-1)]
    .map(place)
    .map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`)
    .join('');
}
