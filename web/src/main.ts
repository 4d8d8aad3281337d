import { mount } from 'svelte';
import App from './ui/App.svelte';
import { settings } from './ui/settings.svelte';
import './ui/theme.css';
import { languageFor, speak } from './words/language.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no place for the application.');
await speak(languageFor([settings.language, ...navigator.languages]));
mount(App, { target });
