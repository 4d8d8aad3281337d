// `npm run states`: every state of the page at every size, to be looked at one by one. The pictures go to
// build/page-states.
import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demo, withoutFaces } from './photos';
import { kRoot, Service } from './service';
import { startBrowser, visitsWith, type Visitor } from './visitor';

const kFolder = `${kRoot}/build/page-states`;
const kSizes: Readonly<Record<string, BrowserContextOptions>> = {
  360: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  768: { viewport: { width: 768, height: 1024 }, hasTouch: true },
  1440: { viewport: { width: 1440, height: 900 } },
  3840: { viewport: { width: 3840, height: 2160 } },
};
const kKinds: Readonly<Record<string, BrowserContextOptions>> = {
  '1440-dark': { ...kSizes['1440'], colorScheme: 'dark' },
  '1440-forced': { ...kSizes['1440'], forcedColors: 'active' },
  '360-arabic': { ...kSizes['360'], locale: 'ar' },
  '1440-german': { ...kSizes['1440'], locale: 'de' },
};

let browser: Browser;
let service: Service;
const visit = visitsWith(() => browser);

beforeAll(async () => {
  mkdirSync(kFolder, { recursive: true });
  [browser, service] = await Promise.all([startBrowser(), Service.start()]);
});

afterAll(async () => {
  await Promise.all([browser.close(), service.stop()]);
});

/** In whatever language: by what the elements are. */
async function walk({ page }: Visitor, shoot: (state: string) => Promise<void>): Promise<void> {
  await shoot('01-welcome');
  const files = [
    ...[1, 2, 3, 5].map((number) => demo(number)),
    withoutFaces(),
    { name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') },
  ];
  await page.setInputFiles('[data-picker=photos]', files);
  await page.waitForFunction(
    () => document.querySelectorAll('li.card:is([data-step=done], [data-step=failed])').length === 6,
    undefined,
    { timeout: 240_000 },
  );
  await shoot('02-photos');
  const modes = page.locator('.modes input');
  await page.locator('li.card .picture').first().click();
  await page.locator('[data-action=download]:enabled').waitFor();
  await shoot('03-review');
  await page.locator('.stage .mark').first().click();
  await page.locator('[data-action=undo-toast]').waitFor();
  await shoot('04-left-visible');
  await modes.nth(1).check({ force: true });
  await shoot('05-draw');
  await page.locator('.drawing input[type=radio]').nth(1).check({ force: true });
  const picture = await page.locator('.stage .picture').boundingBox();
  expect(picture).not.toBeNull();
  if (picture) {
    const at = (x: number, y: number) =>
      [picture.x + picture.width * x, picture.y + picture.height * y] as const;
    await page.mouse.move(...at(0.1, 0.7));
    await page.mouse.down();
    await page.mouse.move(...at(0.3, 0.85), { steps: 8 });
    await page.mouse.move(...at(0.5, 0.7), { steps: 8 });
    await page.mouse.up();
  }
  await page.locator('[data-action=download]:enabled').waitFor();
  await shoot('06-brush');
  await modes.nth(2).check({ force: true });
  await shoot('07-compare');
  await modes.nth(0).check({ force: true });
  await page.keyboard.press('?');
  await page.locator('dialog').waitFor();
  await shoot('08-keys');
  await page.keyboard.press('Escape');
  await page.locator('aside input[type=range]').last().scrollIntoViewIfNeeded();
  await shoot('09-look');
  await page.goBack();
  await page.locator('li.card .picture').nth(4).click();
  await page.locator('[data-action=download]:enabled').waitFor();
  await shoot('10-no-face');
  await page.goBack();
  await page.locator('[data-action=people]').click();
  await page.locator('[data-action=agree]').waitFor();
  await shoot('11-people');
}

it.each(Object.entries({ ...kSizes, ...kKinds }))('%s', (size, options) =>
  visit(
    service,
    (visitor) =>
      walk(visitor, async (state) => {
        await visitor.page.waitForTimeout(300);
        await visitor.page.screenshot({ path: `${kFolder}/${state}-${size}.png` });
      }),
    options,
  ),
);
