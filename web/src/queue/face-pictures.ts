// Faces cut out of a photo in the browser: what is compared, and what is shown of them.
import type { Box, Size } from '../api/types';

/** How much is cut out around a face, and how large it may become. */
export interface Cut {
  /** Times the face's longer side. */
  readonly around: number;
  /** px */
  readonly mostSide: number;
}

/** Enough around it that the service finds eyes, nose and mouth; it sees 112 px of a face, more tells no more. */
const kCompared: Cut = { around: 1.8, mostSide: 256 };

/** A square out of a photo, and where in it the face lies. */
export interface CutOut {
  readonly picture: Blob;
  readonly face: Box;
}

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
export async function cutOuts(
  photo: Blob,
  size: Size,
  boxes: readonly Box[],
  { around, mostSide }: Cut,
): Promise<(CutOut | undefined)[]> {
  const bitmap = await createImageBitmap(photo).catch(() => undefined);
  if (!bitmap) return boxes.map(() => undefined);
  try {
    const scale = bitmap.width / size.width;
    const cut: (CutOut | undefined)[] = [];
    for (const box of boxes) {
      const reach = Math.max(box.width, box.height) * around * scale;
      const side = Math.max(1, Math.round(Math.min(reach, mostSide)));
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
      const picture = context ? await jpegOf(canvas) : undefined;
      const width = (box.width * scale * side) / reach;
      const height = (box.height * scale * side) / reach;
      const face = { x: (side - width) / 2, y: (side - height) / 2, width, height };
      cut.push(picture && { picture, face });
    }
    return cut;
  } finally {
    bitmap.close();
  }
}

/** What is compared, and shown of faces. */
export async function facePictures(
  photo: Blob,
  size: Size,
  boxes: readonly Box[],
): Promise<(Blob | undefined)[]> {
  return (await cutOuts(photo, size, boxes, kCompared)).map((cut) => cut?.picture);
}
