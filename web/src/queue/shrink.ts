// A large photo to a small picture; runs in a worker where the browser can draw there.
import type { Size } from '../api/types';

/** px: the longer side of a card at twice the screen's density. */
const kThumbnailSide = 640;

export interface Shrunk {
  readonly picture: Blob;
  /** Of the photo, upright. */
  readonly size: Size;
}

async function drawn(bitmap: ImageBitmap, width: number, height: number): Promise<Blob | null> {
  if (typeof OffscreenCanvas !== 'undefined') {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (!context) return null;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    return canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
  }
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, width, height);
  return new Promise((done) => canvas.toBlob(done, 'image/webp', 0.8));
}

/** Undefined where the browser cannot show this kind of photo. */
export async function shrink(photo: Blob): Promise<Shrunk | undefined> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(photo);
  } catch {
    return undefined;
  }
  try {
    const size = { width: bitmap.width, height: bitmap.height };
    const share = Math.min(1, kThumbnailSide / Math.max(size.width, size.height));
    const along = (length: number) => Math.max(1, Math.round(length * share));
    const picture = await drawn(bitmap, along(size.width), along(size.height));
    return picture ? { picture, size } : undefined;
  } finally {
    bitmap.close();
  }
}
