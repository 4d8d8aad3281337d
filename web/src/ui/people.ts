// All that has to do with people who may be seen, in one piece: it is loaded when somebody asks for it.
import { later } from '../words/en-later';
import { addEnglish } from '../words/language.svelte';

addEnglish({ people: later.people });

export { createGroupFaces } from '../api/people';
export { PeopleOfVisit } from '../queue/people.svelte';
export { default as PeopleScreen } from './PeopleScreen.svelte';
