import { mount } from 'svelte';
import { install } from './shell/shell';
import App from './ui/App.svelte';
import { settings } from './ui/settings.svelte';
import './ui/theme.css';
import { languageFor, speak } from './words/language.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no place for the application.');
// Not awaited here: what waits in its first file has the rest cut into many, as the bundler has it.
void speak(languageFor([settings.language, ...navigator.languages])).then(() => {
  target.replaceChildren();
  mount(App, { target });
});
// What looks a photo over is part of what opens without a network.
const installPage = () => void install(() => import('./ui/review'));
if (document.readyState === 'complete') installPage();
else addEventListener('load', installPage);
