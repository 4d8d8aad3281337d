// Zoom and pan: how the picture lies on the screen.
import type { Box, Size } from '../api/types';
import type { Point } from './geometry';

/** A picture's pixel p is on the stage at p * scale + (x, y). */
export interface Viewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** A picture pixel never becomes larger than this on the screen. */
const kMostScale = 16;

export function fitScale(picture: Size, stage: Size, padding = 0): number {
  const width = Math.max(1, stage.width - 2 * padding);
  const height = Math.max(1, stage.height - 2 * padding);
  // A small picture is shown at most at three times its size: larger only shows its pixels.
  return Math.min(width / picture.width, height / picture.height, 3);
}

export function fitted(picture: Size, stage: Size, padding = 0): Viewport {
  const scale = fitScale(picture, stage, padding);
  return {
    scale,
    x: (stage.width - picture.width * scale) / 2,
    y: (stage.height - picture.height * scale) / 2,
  };
}

/** Keeps the picture in reach: centered where it is smaller than the stage, else without a gap. */
export function kept(view: Viewport, picture: Size, stage: Size): Viewport {
  const along = (offset: number, length: number, room: number) =>
    length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, offset));
  return {
    scale: view.scale,
    x: along(view.x, picture.width * view.scale, stage.width),
    y: along(view.y, picture.height * view.scale, stage.height),
  };
}

/** Zooms by `factor` so that what is under `at` (on the stage) stays under it. */
export function zoomed(
  view: Viewport,
  factor: number,
  at: Point,
  picture: Size,
  stage: Size,
  padding = 0,
): Viewport {
  const least = fitScale(picture, stage, padding);
  const scale = Math.min(Math.max(view.scale * factor, least), Math.max(kMostScale, least));
  const ratio = scale / view.scale;
  return kept(
    { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio },
    picture,
    stage,
  );
}

export function panned(view: Viewport, by: Point, picture: Size, stage: Size): Viewport {
  return kept({ scale: view.scale, x: view.x + by.x, y: view.y + by.y }, picture, stage);
}

/** Shows `box` in the middle, a third of the stage large. */
export function closeTo(box: Box, picture: Size, stage: Size): Viewport {
  const wanted = Math.min(stage.width / box.width, stage.height / box.height) / 3;
  const scale = Math.min(Math.max(wanted, fitScale(picture, stage)), kMostScale);
  return kept(
    {
      scale,
      x: stage.width / 2 - (box.x + box.width / 2) * scale,
      y: stage.height / 2 - (box.y + box.height / 2) * scale,
    },
    picture,
    stage,
  );
}

/** Moves no farther than needed to have all of `box` in view, or its middle where it is larger than the stage. */
export function inSight(view: Viewport, box: Box, picture: Size, stage: Size, padding = 0): Viewport {
  const shown = toStage(view, box);
  const along = (start: number, length: number, room: number) => {
    if (length + 2 * padding > room) return room / 2 - (start + length / 2);
    return Math.max(0, padding - start) + Math.min(0, room - padding - (start + length));
  };
  const by = {
    x: along(shown.x, shown.width, stage.width),
    y: along(shown.y, shown.height, stage.height),
  };
  return by.x === 0 && by.y === 0 ? view : panned(view, by, picture, stage);
}

export function toPicture(view: Viewport, at: Point): Point {
  return { x: (at.x - view.x) / view.scale, y: (at.y - view.y) / view.scale };
}

export function toStage(view: Viewport, box: Box): Box {
  return {
    x: box.x * view.scale + view.x,
    y: box.y * view.scale + view.y,
    width: box.width * view.scale,
    height: box.height * view.scale,
  };
}
