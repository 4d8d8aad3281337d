// Boxes on a picture, in pixels of the upright picture.
import type { Box, Face, Size } from '../api/types';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function areaOf(box: Box): number {
  return box.width * box.height;
}

/** The area that both hold. */
export function shared(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/** Intersection over union, 0..1. */
export function overlapOf(a: Box, b: Box): number {
  const both = shared(a, b);
  return both === 0 ? 0 : both / (areaOf(a) + areaOf(b) - both);
}

export function holds(box: Box, at: Point): boolean {
  return at.x >= box.x && at.x <= box.x + box.width && at.y >= box.y && at.y <= box.y + box.height;
}

/** The smallest box that holds both. */
export function around(a: Box, b: Box): Box {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

export function boxBetween(a: Point, b: Point): Box {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** Cuts off what lies outside the picture. */
export function cutTo(box: Box, picture: Size): Box {
  const x = clamp(box.x, 0, picture.width);
  const y = clamp(box.y, 0, picture.height);
  return {
    x,
    y,
    width: clamp(box.x + box.width, 0, picture.width) - x,
    height: clamp(box.y + box.height, 0, picture.height) - y,
  };
}

/** Moves without changing the size; stays inside the picture. */
export function moved(box: Box, by: Point, picture: Size): Box {
  return {
    ...box,
    x: clamp(box.x + by.x, 0, Math.max(0, picture.width - box.width)),
    y: clamp(box.y + by.y, 0, Math.max(0, picture.height - box.height)),
  };
}

/** The least side of a box that someone draws. */
export function leastSide(picture: Size): number {
  return Math.min(8, picture.width, picture.height);
}

/** Moves the right and lower edges; stays inside the picture and above the least side. */
export function resized(box: Box, by: Point, picture: Size): Box {
  const least = leastSide(picture);
  return {
    ...box,
    width: clamp(box.width + by.x, least, Math.max(least, picture.width - box.x)),
    height: clamp(box.height + by.y, least, Math.max(least, picture.height - box.y)),
  };
}

/** For an animation, whose boxes hold for every frame: one box for what overlaps from frame to frame. */
export function mergedOverFrames(faces: readonly Face[]): Face[] {
  const merged: { face: Face; last: Box }[] = [];
  for (const face of faces) {
    const same = merged.find((one) => overlapOf(one.last, face.box) >= 0.5);
    if (same) {
      same.face = {
        box: around(same.face.box, face.box),
        score: Math.max(same.face.score, face.score),
      };
      same.last = face.box;
    } else {
      merged.push({ face, last: face.box });
    }
  }
  return merged.map((one) => one.face);
}
