// What a photo or a clip is called when it leaves the page.
import type { Photo } from '../queue/photo.svelte';
import type { Clip, Clips } from '../queue/clips.svelte';
import type { Queue } from '../queue/queue.svelte';
import { settings } from './settings.svelte';

/** `inFolder`: with the folders that it came in, for an archive; a neutral name has none, they tell as much. */
export function nameOf(queue: Queue, photo: Photo, inFolder = false): string {
  if (settings.neutralNames) return photo.name(queue.photos.indexOf(photo) + 1);
  return (inFolder ? photo.folder : '') + photo.name();
}

export function fileOf(queue: Queue, photo: Photo): File | undefined {
  const blob = photo.ready?.blob;
  return blob && new File([blob], nameOf(queue, photo), { type: blob.type });
}

export function clipName(clips: Clips, clip: Clip): string {
  return clip.name(settings.neutralNames ? clips.all.indexOf(clip) + 1 : undefined);
}
