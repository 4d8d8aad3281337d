// Small pictures of large photos, made one at a time so that a hundred photos do not fill the memory.
import type { Size } from '../api/types';
import { shrink, type Shrunk } from './shrink';

export interface Thumbnail {
  /** An object URL; whoever holds it frees it. */
  readonly url: string;
  /** Of the photo, upright. */
  readonly size: Size;
}

/** `first`: before all that are not. Undefined where the browser cannot show this kind of photo. */
export type MakeThumbnail = (photo: Blob, first?: boolean) => Promise<Thumbnail | undefined>;

let worker: Worker | undefined;
let workerFailed = typeof OffscreenCanvas === 'undefined';

function shrunkInWorker(photo: Blob): Promise<Shrunk | undefined> {
  if (workerFailed) return shrink(photo);
  const mine = (worker ??= new Worker(new URL('./thumbnail-worker.ts', import.meta.url), { type: 'module' }));
  return new Promise((resolve) => {
    mine.onmessage = (event: MessageEvent<Shrunk | undefined>) => resolve(event.data);
    mine.onerror = () => {
      workerFailed = true;
      resolve(shrink(photo));
    };
    mine.postMessage(photo);
  });
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
  new Promise((resolve) => {
    waiting[first ? 'first' : 'later'].push(async () => {
      const shrunk = await shrunkInWorker(photo).catch(() => undefined);
      resolve(shrunk && { url: URL.createObjectURL(shrunk.picture), size: shrunk.size });
    });
    void drawAll();
  });
