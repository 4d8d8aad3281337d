// In which language the page speaks: the browser's, or the one that was chosen here. English is part
// of the page, but for what is loaded later; the others are loaded when one of them is spoken.
import { en, type Words } from './en';

export const kLanguages = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ar: 'العربية',
} as const;
export type Language = keyof typeof kLanguages;

/** What comes later is here before anything reads it (addEnglish). */
let english = en as Words;

const kLoad: Readonly<Record<Language, () => Promise<Words>>> = {
  en: () => Promise.resolve(english),
  de: () => import('./de').then((module) => module.words),
  fr: () => import('./fr').then((module) => module.words),
  es: () => import('./es').then((module) => module.words),
  ar: () => import('./ar').then((module) => module.words),
};
const kRightToLeft: ReadonlySet<string> = new Set(['ar']);

class Speaker {
  words = $state.raw<Words>(english);
  language = $state<Language>('en');
}

export const speaker = new Speaker();

/** Called by what is loaded later, which brings its words. */
export function addEnglish(more: Partial<Words>): void {
  english = { ...english, ...more };
  if (speaker.language === 'en') speaker.words = english;
}

function isLanguage(code: string): code is Language {
  return code in kLanguages;
}

/** The first that the page can speak of what someone wants, such as "de-CH". */
export function languageFor(wanted: readonly (string | undefined)[]): Language {
  return wanted.map((tag) => tag?.split('-')[0]?.toLowerCase() ?? '').find(isLanguage) ?? 'en';
}

/** Stays with the language before where the new one cannot be loaded. */
export async function speak(language: Language): Promise<void> {
  const words = await kLoad[language]().catch(() => undefined);
  if (!words) return;
  speaker.words = words;
  speaker.language = language;
  document.documentElement.lang = language;
  document.documentElement.dir = kRightToLeft.has(language) ? 'rtl' : 'ltr';
}

/** The words as they are now; read in a template they change with the language. */
export const t: Words = new Proxy(english, {
  get: (_, entry) => speaker.words[entry as keyof Words],
});
