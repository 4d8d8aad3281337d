// How far the service covers a region: for the moment until its bytes are there.
import type { Box, Look, Region } from '../api/types';
import type { Cover } from '../review/review';

export interface Outline {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly round: boolean;
  /** As a CSS clip-path of the whole picture. */
  readonly clip: string;
}

/** `more`: a share of its size on top, such as the feather takes. */
export function outlineOf(region: Region, look: Look, more = 0): Outline {
  const round = (region.shape ?? look.shape) === 'ellipse';
  // The ellipse that holds a box is that much larger.
  const factor = (1 + 2 * (region.margin ?? look.margin)) * (round ? Math.SQRT2 : 1) * (1 + more);
  const width = region.width * factor;
  const height = region.height * factor;
  const x = region.x + (region.width - width) / 2;
  const y = region.y + (region.height - height) / 2;
  const clip = round
    ? `ellipse(${width / 2}px ${height / 2}px at ${x + width / 2}px ${y + height / 2}px)`
    : `polygon(${x}px ${y}px, ${x + width}px ${y}px, ${x + width}px ${y + height}px, ${x}px ${y + height}px)`;
  return { x, y, width, height, round, clip };
}

/** The circles of a stroke, as one CSS clip-path of the whole picture. */
export function clipOf(cover: Cover, look: Look, more = 0): string {
  if (!cover.dabs) return outlineOf(cover, look, more).clip;
  const circles = cover.dabs.map((dab) => {
    const { x, y, width, height } = outlineOf(dab, look, more);
    const [r, middle] = [width / 2, y + height / 2];
    return `M${x} ${middle}a${r} ${r} 0 1 0 ${width} 0a${r} ${r} 0 1 0 ${-width} 0`;
  });
  return `path("${circles.join('')}")`;
}

/** What all of it lies in. */
export function boundsOf(cover: Cover, look: Look, more = 0): Box {
  const outlines = (cover.dabs ?? [cover]).map((region) => outlineOf(region, look, more));
  const x = Math.min(...outlines.map((one) => one.x));
  const y = Math.min(...outlines.map((one) => one.y));
  const right = Math.max(...outlines.map((one) => one.x + one.width));
  const bottom = Math.max(...outlines.map((one) => one.y + one.height));
  return { x, y, width: right - x, height: bottom - y };
}
