// A photo decoded once, while it is looked at: pieces of it are drawn from it at once. A piece drawn from an
// <img> may cost a decoding of the whole photo, in the middle of a press.
import type { Box, Size } from '../api/types';

export interface Pixels {
  readonly bitmap: ImageBitmap;
  /** Of its pixels for each of the photo's. */
  readonly scale: number;
}

/** 96 MB; of a larger photo the pieces are a little coarser. */
const kMostPixels = 24e6;

/** `size`: of the photo, upright. Undefined where it cannot be decoded; whoever holds it closes it. */
export async function pixelsOf(photo: Blob, size: Size): Promise<Pixels | undefined> {
  const share = Math.min(1, Math.sqrt(kMostPixels / (size.width * size.height)));
  const along = (length: number) => Math.max(1, Math.round(length * share));
  const smaller: ImageBitmapOptions =
    share < 1 ? { resizeWidth: along(size.width), resizeHeight: along(size.height) } : {};
  try {
    const bitmap = await createImageBitmap(photo, smaller);
    return { bitmap, scale: bitmap.width / size.width };
  } catch {
    return undefined;
  }
}

/** Fills `canvas` with a piece of the photo; what lies beyond its edges stays empty. */
export function drawPiece(canvas: HTMLCanvasElement, { bitmap, scale }: Pixels, piece: Box): void {
  // From memory to memory: the whole of it would else go to the graphics card for the sake of a piece.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return;
  context.imageSmoothingQuality = 'high';
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(
    bitmap,
    piece.x * scale,
    piece.y * scale,
    piece.width * scale,
    piece.height * scale,
    0,
    0,
    canvas.width,
    canvas.height,
  );
}
