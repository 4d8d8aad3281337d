// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { words as ar } from './ar';
import { words as de } from './de';
import { en, type Words } from './en';
import { later } from './en-later';
import { words as es } from './es';
import { words as fr } from './fr';
import { languageFor } from './language.svelte';

const others: [string, Words][] = [
  ['de', de],
  ['fr', fr],
  ['es', es],
  ['ar', ar],
];

/** Every text of a catalogue by its place, functions called with plain arguments. */
function textsOf(value: unknown, place = ''): [string, string][] {
  if (typeof value === 'string') return [[place, value]];
  if (typeof value === 'function') return [[place, String(value('7', '8', '9'))]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${place}.${key}`));
}

describe('the words', () => {
  it.each(others)('%s: every entry is there and says something else than English', (_, words) => {
    const english = new Map(textsOf({ ...en, ...later }));
    const texts = textsOf(words);
    expect(texts.map(([place]) => place).sort()).toEqual([...english.keys()].sort());
    for (const [place, text] of texts) expect(text.trim(), place).not.toBe('');
    const same = texts.filter(([place, text]) => text === english.get(place));
    // Words such as "Original" and "Zoom" are the same in some languages.
    expect(same.length).toBeLessThan(20);
  });

  it.each(others)('%s: what is put in comes out', (_, words) => {
    for (const name of [
      'tryingAgainIn',
      'turnedTo',
      'reviewName',
      'removeName',
      'cover',
      'placeOf',
    ] as const) {
      const text = (words[name] as (...given: unknown[]) => string)('given', 5, 'name');
      expect(text, name).toContain('given');
    }
  });

  it('are counted as each language counts', () => {
    expect([1, 2].map(en.photos)).toEqual(['1 photo', '2 photos']);
    expect([0, 1, 2].map(fr.faces)).toEqual(['0 visage', '1 visage', '2 visages']);
    expect([1, 2, 3, 11, 100].map(ar.photos)).toEqual([
      'صورة واحدة',
      'صورتان',
      '3 صور',
      '11 صورة',
      '100 صورة',
    ]);
  });

  it('are in the first language that the page speaks of those that are wanted', () => {
    expect(languageFor(['de-CH', 'en'])).toBe('de');
    expect(languageFor([undefined, 'pt', 'AR-eg', 'en'])).toBe('ar');
    expect(languageFor(['xx'])).toBe('en');
    expect(languageFor([])).toBe('en');
  });
});
