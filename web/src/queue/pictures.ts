// Small pictures of large photos, made one at a time so that a hundred photos do not fill the memory.
import type { Size } from '../api/types';

/** px: the longer side of a card at twice the screen's density. */
const kThumbnailSide = 640;

export interface Thumbnail {
  /** An object URL; whoever holds it frees it. */
  readonly url: string;
  readonly size: Size;
}

/** `first`: before all that are not. Undefined where the browser cannot show this kind of photo. */
export type MakeThumbnail = (photo: Blob, first?: boolean) => Promise<Thumbnail | undefined>;

async function draw(photo: Blob): Promise<Thumbnail | undefined> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(photo);
  } catch {
    return undefined;
  }
  try {
    const size = { width: bitmap.width, height: bitmap.height };
    const shrink = Math.min(1, kThumbnailSide / Math.max(size.width, size.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(size.width * shrink));
    canvas.height = Math.max(1, Math.round(size.height * shrink));
    const context = canvas.getContext('2d');
    if (!context) return undefined;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/webp', 0.8));
    return blob ? { url: URL.createObjectURL(blob), size } : undefined;
  } finally {
    bitmap.close();
  }
}

const waiting: { first: (() => Promise<void>)[]; later: (() => Promise<void>)[] } = { first: [], later: [] };
let drawing = false;

async function drawAll(): Promise<void> {
  if (drawing) return;
  drawing = true;
  for (
    let next = waiting.first.shift() ?? waiting.later.shift();
    next;
    next = waiting.first.shift() ?? waiting.later.shift()
  ) {
    await next();
  }
  drawing = false;
}

export const makeThumbnail: MakeThumbnail = (photo, first = false) =>
  new Promise((resolve, reject) => {
    waiting[first ? 'first' : 'later'].push(() => draw(photo).then(resolve, reject));
    void drawAll();
  });
