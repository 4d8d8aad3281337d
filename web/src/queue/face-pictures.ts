// Faces cut out of a photo in the browser: what is compared, and what is shown of them.
import type { Box, Size } from '../api/types';

/** Of the face's longer side: enough around it that the service finds eyes, nose and mouth. */
const kAround = 1.8;
/** px: the service sees 112 of a face; more tells no more. */
const kMostSide = 256;

type Canvas = OffscreenCanvas | HTMLCanvasElement;

function canvasOf(side: number): Canvas {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(side, side);
  return Object.assign(document.createElement('canvas'), { width: side, height: side });
}

async function jpegOf(canvas: Canvas): Promise<Blob | undefined> {
  const kind = { type: 'image/jpeg', quality: 0.92 };
  if ('convertToBlob' in canvas) return canvas.convertToBlob(kind);
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? undefined), kind.type, kind.quality));
}

/**
 * One square for each box, the face in its middle; `size` is what the boxes refer to. Undefined where a face
 * cannot be drawn, and none at all where the photo cannot. The photo is decoded once.
 */
export async function facePictures(
  photo: Blob,
  size: Size,
  boxes: readonly Box[],
): Promise<(Blob | undefined)[]> {
  const bitmap = await createImageBitmap(photo).catch(() => undefined);
  if (!bitmap) return boxes.map(() => undefined);
  try {
    const scale = bitmap.width / size.width;
    const pictures: (Blob | undefined)[] = [];
    for (const box of boxes) {
      const reach = Math.max(box.width, box.height) * kAround * scale;
      const side = Math.max(1, Math.round(Math.min(reach, kMostSide)));
      const canvas = canvasOf(side);
      const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D | null;
      if (context) {
        const left = (box.x + box.width / 2) * scale - reach / 2;
        const top = (box.y + box.height / 2) * scale - reach / 2;
        context.fillStyle = '#808080';
        context.fillRect(0, 0, side, side);
        context.imageSmoothingQuality = 'high';
        context.drawImage(bitmap, left, top, reach, reach, 0, 0, side, side);
      }
      pictures.push(context ? await jpegOf(canvas) : undefined);
    }
    return pictures;
  } finally {
    bitmap.close();
  }
}
