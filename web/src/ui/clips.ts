// All that has to do with clips, in one piece: it is loaded with the first clip.
import { later } from '../words/en-later';
import { addEnglish } from '../words/language.svelte';

addEnglish({ clip: later.clip });

export { createVideoClient } from '../api/videos';
export { Clips } from '../queue/clips.svelte';
export { default as ClipList } from './ClipList.svelte';
export { default as ClipReview } from './ClipReview.svelte';
