// People who may be seen: said once, and left visible in all photos, while everybody else is covered.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { demo, made, type Upload } from './photos';
import { kRoot } from './service';
import { kSmallPhone, type Visitor, withService } from './visitor';

const kWeights = `${kRoot}/build/release/share/face-privacy/models/face_recognition_sface_2021dec_int8bq.onnx`;

const { service, visit } = await withService();

function classPhotos(...command: string[]): void {
  execFileSync('/usr/bin/python3', [`${kRoot}/tests/class_photos.py`, ...command], { stdio: 'pipe' });
}

async function grouped({ page }: Visitor): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector('[role=alert]') !== null ||
      (!document.querySelector('.busy') && document.querySelector('[data-person]') !== null),
    undefined,
    { timeout: 240_000 },
  );
  expect(await page.getByRole('alert').allInnerTexts()).toEqual([]);
}

const switchOf = (person: Locator) => person.getByRole('switch');

async function openPeople(visitor: Visitor): Promise<void> {
  await visitor.page.locator('[data-action=people]').click();
  await visitor.page.locator('[data-action=agree]').click();
  await grouped(visitor);
}

/** The same woman is the second of three here, and the third there. */
const sofa = () => demo(3, 'sofa.jpg');
const costumes = () => demo(1, 'costumes.jpg');

describe.skipIf(!existsSync(kWeights))('people', () => {
  it('of a class: two children left visible in thirty photos with twelve clicks', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      const folder = mkdtempSync(join(tmpdir(), 'face-privacy-class-'));
      try {
        classPhotos('make', folder);
        const names = readdirSync(folder).filter((name) => name.endsWith('.jpg'));
        const photos = names.map((name): Upload => {
          return { name, mimeType: 'image/jpeg', buffer: readFileSync(join(folder, name)) };
        });
        const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<
          string,
          { child: string }[]
        >;
        const photosOf = (child: string) =>
          Object.values(truth).filter((faces) => faces.some((face) => face.child === child)).length;

        let clicks = 1; // Add photos
        const click = async (on: Locator) => {
          clicks += 1;
          await on.click();
        };
        await visitor.add(...photos);
        await visitor.allDone(photos.length);
        await click(page.locator('[data-action=people]'));
        await click(page.locator('[data-action=agree]'));
        await grouped(visitor);

        // Whom somebody would know by the face, the test knows by the photos that the face is in.
        const facesIn = (person: Locator) =>
          person.locator('details img').evaluateAll((all) => all.map((one) => (one as HTMLImageElement).alt));
        const people = page.locator('.people').first().locator('[data-person]');
        for (const child of ['ada', 'bea']) {
          const own = Object.keys(truth).filter((name) => truth[name]?.some((face) => face.child === child));
          let best: { person: Locator; hits: number } | undefined;
          for (const person of await people.all()) {
            const inPhotos = await facesIn(person);
            const hits = inPhotos.every((name) => own.includes(name)) ? inPhotos.length : 0;
            if (hits > (best?.hits ?? 0)) best = { person, hits };
          }
          if (!best) throw new Error(`nobody is ${child}`);
          await click(switchOf(best.person));
          // Her other faces, one question after the other.
          for (;;) {
            const question = best.person.locator('.question');
            if ((await question.count()) === 0) break;
            const asked = (await question.locator('img').nth(1).getAttribute('alt')) ?? '';
            await click(
              question.locator(own.includes(asked) ? '[data-action=same]' : '[data-action=different]'),
            );
          }
        }
        await click(page.getByRole('button', { name: 'Back to all photos' }));
        await visitor.allDone(photos.length);
        clicks += 1;
        const archive = await visitor.download(page.locator('[data-action=zip]'));
        const file = join(folder, 'result.zip');
        writeFileSync(file, archive.bytes);
        classPhotos('check', folder, file);
        expect(photosOf('ada') + photosOf('bea')).toBeGreaterThan(20);
        expect(clicks).toBeLessThanOrEqual(12);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }));

  it('are covered again with one click, by the way back, and when they are forgotten', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await visitor.add(sofa(), costumes());
      await visitor.allDone(2);
      await openPeople(visitor);
      const both = page.locator('[data-person]', { hasText: 'In 2 photos' });
      await switchOf(both).check();
      await page.locator('.toast', { hasText: 'Person 1 is left visible' }).waitFor();
      expect(await switchOf(both).isChecked()).toBe(true);
      await page.locator('[data-action=undo-toast]').click();
      expect(await switchOf(both).isChecked()).toBe(false);
      await switchOf(both).check();
      await page.goBack();
      await visitor.allDone(2);
      expect(await visitor.card('sofa.jpg').innerText()).toContain('2 of 3 faces covered');
      expect(await visitor.card('costumes.jpg').innerText()).toMatch(/(\d) of \d faces covered/);
      await page.locator('[data-action=people]').click();
      expect(await switchOf(both).isChecked()).toBe(true);
      await page.locator('[data-action=forget]').click();
      await page.locator('[data-action=agree]').waitFor();
      await page.goBack();
      await visitor.allDone(2);
      expect(await visitor.card('sofa.jpg').innerText()).toContain('3 faces covered');
    }));

  it('are measured only once somebody agrees', () =>
    visit(service, async (visitor) => {
      await visitor.add(sofa(), costumes());
      await visitor.allDone(2);
      await visitor.page.locator('[data-action=people]').click();
      await visitor.page.locator('[data-action=agree]').waitFor();
      expect(visitor.calls.filter((path) => path.endsWith('/groups'))).toEqual([]);
      await visitor.page.locator('[data-action=agree]').click();
      await grouped(visitor);
      expect(visitor.calls.filter((path) => path.endsWith('/groups'))).toHaveLength(1);
    }));

  it('come by photos of their own, and a bad one is named', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await visitor.add(sofa(), costumes());
      await visitor.allDone(2);
      await openPeople(visitor);
      const pick = page.locator('.more [data-picker=reference]');
      await pick.setInputFiles(demo(6));
      await page.getByRole('alert').filter({ hasText: 'more than one face' }).waitFor();
      // She alone, cut out of the sofa.
      const alone = made('alone.png', 3, ['crop', '1060', '100', '320', '420']);
      await pick.setInputFiles(alone);
      await page.locator('[data-person].visible', { hasText: 'In 2 photos' }).waitFor();
      await page.goBack();
      await visitor.allDone(2);
      expect(await visitor.card('sofa.jpg').innerText()).toContain('2 of 3 faces covered');
    }));

  it('can be named, asked about and taken apart by keyboard', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await visitor.add(sofa(), costumes());
      await visitor.allDone(2);
      await openPeople(visitor);
      const both = page.locator('[data-person]', { hasText: 'In 2 photos' });
      await both.getByLabel('Name of Person 1').fill('Ada');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('switch');
      await page.keyboard.press('Space');
      await page.locator('.toast', { hasText: 'Ada is left visible' }).waitFor();
      await both.locator('summary').focus();
      await page.keyboard.press('Enter');
      await both.getByRole('button', { name: 'Somebody else: the face in costumes.jpg' }).press('Enter');
      expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
      await page.keyboard.press('Escape');
      await visitor.allDone(2);
      const texts = await Promise.all(
        ['sofa.jpg', 'costumes.jpg'].map((name) => visitor.card(name).innerText()),
      );
      expect(texts.filter((text) => text.includes('2 of 3 faces covered'))).toHaveLength(1);
      expect(await page.evaluate(() => document.activeElement?.getAttribute('data-action'))).toBe('people');
    }));

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['forced colors', { forcedColors: 'active' }],
    ['on a phone', kSmallPhone],
    ['from right to left', { locale: 'ar' }],
  ] as const)('keep nobody out: %s', (_, options) =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        await visitor.add(sofa(), costumes());
        await visitor.allDone(2);
        await page.locator('[data-action=people]').click();
        await visitor.check('before anybody agreed');
        await page.locator('[data-action=agree]').click();
        await grouped(visitor);
        await page.getByRole('switch').first().check();
        await page.locator('details').first().locator('summary').click();
        await visitor.check('grouped');
      },
      options,
    ),
  );
});
