// The review and its words, in one piece: it is loaded with the first photo.
import { later } from '../words/en-later';
import { addEnglish } from '../words/language.svelte';

addEnglish({ reviewing: later.reviewing, keyHelp: later.keyHelp, feedback: later.feedback });

export { default as ReviewScreen } from './ReviewScreen.svelte';
