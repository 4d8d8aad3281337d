// `npm run screenshots`: pictures of the main states for README and docs, from the real service. The
// photos are the free demo photos; the typeface is Inter where Debian's fonts-inter is installed, since
// a bare machine's own is nobody's system font.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clip } from './clips';
import { demo, withoutFaces } from './photos';
import { kRoot, Service } from './service';
import { startBrowser, visitsWith, type Visitor } from './visitor';

const kImages = `${kRoot}/docs/images`;
const kMostBytes = 300_000;
const kLaptop: BrowserContextOptions = { viewport: { width: 1200, height: 760 } };
const kPhone: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  hasTouch: true,
  isMobile: true,
};

const folder = mkdtempSync(join(tmpdir(), 'face-privacy-screenshots-'));
let browser: Browser;
let service: Service;
const visit = visitsWith(() => browser);

function useInter(): void {
  const inter = '/usr/share/fonts/opentype/inter';
  if (!existsSync(inter)) return;
  const file = join(folder, 'fonts.conf');
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
     <fontconfig><dir>${inter}</dir><cachedir>${folder}/cache</cachedir></fontconfig>`,
  );
  process.env['FONTCONFIG_FILE'] = file;
}

beforeAll(async () => {
  useInter();
  mkdirSync(kImages, { recursive: true });
  [browser, service] = await Promise.all([startBrowser(), Service.start()]);
});

afterAll(async () => {
  await Promise.all([browser.close(), service.stop()]);
  rmSync(folder, { recursive: true });
});

/** A picture of what is in view, small enough for a page of documentation. */
async function shoot(visitor: Visitor, name: string): Promise<void> {
  await visitor.page.mouse.move(0, 0);
  await visitor.page.evaluate(() =>
    Promise.all([...document.images].map((image) => image.decode().catch(() => undefined))),
  );
  await visitor.page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished)));
  const raw = join(folder, `${name}.png`);
  const file = join(kImages, `${name}.png`);
  await visitor.page.screenshot({ path: raw });
  // A palette only where it is needed: photos have more colors than it holds.
  for (const how of [
    'compression=9',
    'palette,Q=100,dither=1',
    'palette,Q=90,dither=0.6',
    'palette,Q=80,dither=0',
  ]) {
    execFileSync('vips', ['copy', raw, `${file}[${how},strip]`]);
    if (statSync(file).size < kMostBytes) break;
  }
  expect(statSync(file).size, name).toBeLessThan(kMostBytes);
}

const kPhotos = [
  demo(6, 'friends.jpg'),
  demo(3, 'evening.jpg'),
  demo(4, 'hall.jpg'),
  demo(2, 'sofa.jpg'),
  demo(5, 'stairs.jpg'),
  demo(1, 'costumes.jpg'),
];

async function withPhotos(visitor: Visitor): Promise<void> {
  await visitor.add(...kPhotos);
  await visitor.allDone(kPhotos.length);
}

it('welcome', () => visit(service, (visitor) => shoot(visitor, 'page-welcome'), kLaptop));

it('photos', () =>
  visit(
    service,
    async (visitor) => {
      await withPhotos(visitor);
      await shoot(visitor, 'page-photos');
    },
    kLaptop,
  ));

it('review and compare', () =>
  visit(
    service,
    async (visitor) => {
      await withPhotos(visitor);
      await visitor.review('friends.jpg');
      await visitor.settled();
      await visitor.mark(2).click();
      await visitor.page.getByRole('radio', { name: 'Draw' }).check();
      await visitor.draw([0.72, 0.62], [0.86, 0.8]);
      await visitor.settled();
      await visitor.page.getByRole('radio', { name: 'Review' }).check();
      await shoot(visitor, 'page-review');
      await visitor.page.keyboard.press('Control+z');
      await visitor.page.keyboard.press('Control+z');
      await visitor.settled();
      await visitor.page.getByRole('radio', { name: 'Compare' }).check();
      await shoot(visitor, 'page-compare');
    },
    kLaptop,
  ));

it('dark', () =>
  visit(
    service,
    async (visitor) => {
      await withPhotos(visitor);
      await visitor.review('evening.jpg');
      await visitor.settled();
      await visitor.page.getByRole('radio', { name: 'Pixelate' }).check();
      await visitor.settled();
      await shoot(visitor, 'page-review-dark');
    },
    { ...kLaptop, colorScheme: 'dark' },
  ));

it('from right to left', () =>
  visit(
    service,
    async (visitor) => {
      await withPhotos(visitor);
      await visitor.card('friends.jpg').locator('.picture').click();
      await visitor.settled();
      await shoot(visitor, 'page-arabic');
    },
    { ...kLaptop, locale: 'ar' },
  ));

it('keys', () =>
  visit(
    service,
    async (visitor) => {
      await visitor.add(demo(6, 'friends.jpg'));
      await visitor.allDone(1);
      await visitor.review('friends.jpg');
      await visitor.settled();
      await visitor.page.keyboard.press('?');
      await shoot(visitor, 'page-keys');
    },
    kLaptop,
  ));

it('a clip', () =>
  visit(
    service,
    async (visitor) => {
      const { page } = visitor;
      await visitor.add(clip('stairs.mp4', { photo: 6, width: 800, height: 480, seconds: 5, pan: 500 }));
      await visitor.reach('stairs.mp4', 'done');
      await visitor.review('stairs.mp4');
      await page.getByRole('switch').nth(1).click();
      await page.locator('[data-action=render]').click();
      await page.locator('.status[data-ready=true][data-step=done]').waitFor();
      // A player that never played shows that it waits.
      await page.locator('video').evaluate(async (video: HTMLVideoElement) => {
        await video.play();
        video.pause();
      });
      await page.getByLabel('Time in the clip').fill('2.2');
      await page.getByRole('button', { name: 'Close' }).click();
      await page.locator('canvas.shown').last().waitFor();
      await page.waitForFunction(() => {
        const video = document.querySelector('video');
        return video && video.readyState === video.HAVE_ENOUGH_DATA && !video.seeking;
      });
      await shoot(visitor, 'page-clip');
    },
    { viewport: { width: 1200, height: 1150 } },
  ));

it('no face', () =>
  visit(
    service,
    async (visitor) => {
      await visitor.add(withoutFaces());
      await visitor.allDone(1);
      await visitor.review('landscape.png');
      await visitor.settled();
      await shoot(visitor, 'page-no-face');
    },
    kLaptop,
  ));

it('phone', () =>
  visit(
    service,
    async (visitor) => {
      await shoot(visitor, 'page-phone-welcome');
      await withPhotos(visitor);
      await shoot(visitor, 'page-phone-photos');
      await visitor.review('friends.jpg');
      await visitor.settled();
      await visitor.mark(2).tap();
      await visitor.settled();
      await shoot(visitor, 'page-phone-review');
    },
    kPhone,
  ));
