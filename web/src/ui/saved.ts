// How a photo or a clip leaves the page, and under which name.
import type { Photo } from '../queue/photo.svelte';
import type { Clip, Clips } from '../queue/clips.svelte';
import type { Queue } from '../queue/queue.svelte';
import { kZipName, saveAs, zipOf, type NamedBlob } from '../save/save';
import { share } from '../save/share';
import { settings } from './settings.svelte';

/** `inFolder`: with the folders that it came in, for an archive; a neutral name has none, they tell as much. */
export function nameOf(queue: Queue, photo: Photo, inFolder = false): string {
  if (settings.neutralNames) return photo.name(queue.photos.indexOf(photo) + 1);
  return (inFolder ? photo.folder : '') + photo.name();
}

function fileOf(queue: Queue, photo: Photo): File | undefined {
  const blob = photo.ready?.blob;
  return blob && new File([blob], nameOf(queue, photo), { type: blob.type });
}

export function clipName(clips: Clips, clip: Clip): string {
  return clip.name(settings.neutralNames ? clips.all.indexOf(clip) + 1 : undefined);
}

/** Only ever what is ready; from then on it counts as saved. */
function save(item: Photo | Clip, name: string): void {
  const { ready } = item;
  if (!ready) return;
  saveAs({ name, blob: ready.blob });
  item.savedKey = ready.key;
}

export function savePhoto(queue: Queue, photo: Photo): void {
  save(photo, nameOf(queue, photo));
}

function saveBeside(of: string, receipt: string | undefined): string | undefined {
  if (receipt === undefined) return undefined;
  const name = receiptName(of);
  saveAs({ name, blob: new Blob([`${receipt}\n`], { type: 'application/jose' }) });
  return name;
}

/** Beside the photo that it is of. The name; undefined where there is none. */
export function saveReceipt(queue: Queue, photo: Photo): string | undefined {
  return saveBeside(nameOf(queue, photo), photo.ready?.receipt);
}

export function saveClipReceipt(clips: Clips, clip: Clip): string | undefined {
  return saveBeside(clipName(clips, clip), clip.ready?.receipt);
}

export function saveClip(clips: Clips, clip: Clip): void {
  save(clip, clipName(clips, clip));
}

export async function shareClip(clips: Clips, clip: Clip): Promise<void> {
  const { ready } = clip;
  if (!ready) return;
  const file = new File([ready.blob], clipName(clips, clip), { type: ready.blob.type });
  if (await share([file])) clip.savedKey = ready.key;
}

function receiptName(of: string): string {
  return `${of}.receipt.jws`;
}

function withReceipt({
  name,
  blob,
  receipt,
}: NamedBlob & { readonly receipt?: string | undefined }): NamedBlob[] {
  const beside = receipt === undefined ? [] : [{ name: receiptName(name), blob: new Blob([`${receipt}\n`]) }];
  return [{ name, blob }, ...beside];
}

/** All that is ready, in one archive. */
export async function saveAll(queue: Queue, clips: Clips | undefined): Promise<void> {
  const items = [
    ...queue.photos.map((photo) => ({ item: photo, name: () => nameOf(queue, photo, true) })),
    ...(clips?.all ?? []).map((clip) => ({ item: clip, name: () => (clips ? clipName(clips, clip) : '') })),
  ].flatMap(({ item, name }) => (item.ready ? [{ item, name: name(), ...item.ready }] : []));
  saveAs({ name: kZipName, blob: await zipOf(items.flatMap(withReceipt)) });
  for (const { item, key } of items) item.savedKey = key;
}

/** By the system's own sheet. */
export async function sharePhoto(queue: Queue, photo: Photo): Promise<void> {
  const result = photo.ready;
  const file = fileOf(queue, photo);
  if (result && file && (await share([file]))) photo.savedKey = result.key;
}
