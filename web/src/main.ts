import { mount } from 'svelte';
import { install } from './shell/shell';
import App from './ui/App.svelte';
import { settings } from './ui/settings.svelte';
import './ui/theme.css';
import { languageFor, speak } from './words/language.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no place for the application.');
await speak(languageFor([settings.language, ...navigator.languages]));
mount(App, { target });
// What looks a photo over is part of what opens without a network.
const installPage = () => void install(() => import('./ui/review'));
if (document.readyState === 'complete') installPage();
else addEventListener('load', installPage);
